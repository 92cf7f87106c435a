package request

import "slices"

// Finished reports whether a system has told all that was asked of it: its
// last receipt is that of a whole, with no more to come.
func Finished(receipts []Receipt, system string) bool {
	for _, r := range slices.Backward(receipts) {
		if r.System == system {
			return r.More == "" && r.Batch == 0
		}
	}
	return false
}

// Totals are the receipts as people read them: one for each holding and act,
// with the rows of all its parts and the instant of the last. What has only
// batches as yet is not among them.
func Totals(receipts []Receipt) []Receipt {
	var all []Receipt
	for _, r := range receipts {
		if r.Batch > 0 {
			continue
		}
		i := slices.IndexFunc(all, func(x Receipt) bool {
			return x.System == r.System && x.Holding == r.Holding && x.Action == r.Action && x.More != ""
		})
		if i < 0 {
			all = append(all, r)
			continue
		}
		r.Count, r.Bytes = r.Count+all[i].Count, r.Bytes+all[i].Bytes
		all[i] = r
	}
	return all
}
