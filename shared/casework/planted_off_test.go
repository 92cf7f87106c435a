package casework_test

func planted() string { return "" }
