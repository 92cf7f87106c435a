// Package disclosure makes the copy that a person gets (Art. 15 and 20): it
// collects what every system holds, leaves out what the inventory says must
// stay (A42, X-5), and seals the rest in a package that opens without network
// or script. Whatever the size, it holds one row in memory at a time.
package disclosure
