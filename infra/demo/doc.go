// Package demo invents the people of the demonstration: a few hundred of them
// in six systems, the same every time, some with the same name, address or
// mailbox, and a few with a fixed part in the cases that the demonstration
// plays. Nobody in it exists; every address ends in .example.
package demo
