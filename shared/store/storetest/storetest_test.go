package storetest

import "github.com/allclaims/rightsdesk/shared/casework"

// What casework asks of a store, the contract covers.
var _ interface {
	casework.Store
	casework.Finder
	casework.Lists
	casework.Letters
	casework.Registers
} = Store(nil)
