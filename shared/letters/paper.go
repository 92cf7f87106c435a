package letters

// Envelope is where a letter goes on paper.
type Envelope struct {
	Lines []string
	Date  string
}
