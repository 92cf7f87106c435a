// Package asl runs the workflows that ship, workflows/*.asl.json, inside
// `go test`: Go functions stand in for the Lambdas, and time is a clock that
// jumps, so a request that waits ninety days is tried in a millisecond. An
// officer would use it to ask "what happens to this request if nobody answers?"
// and get the list of steps that the real system would take.
//
// It reads the part of the Amazon States Language that the workflows use
// (https://states-language.net, JSONPath only) and refuses everything else, so
// that a definition which passes here says nothing that was not tried here:
//
//	machine, err := asl.Parse("request", definition, map[string]string{
//		"RegisterArn": "register", // ${RegisterArn} → a key of Functions
//		"CollectArn":  "collect",  // ${CollectArn}  → a key of Machines
//	})
//	runner := &asl.Runner{Machines: …, Functions: …, Clock: asl.NewClock(start)}
//	id, err := runner.Start(ctx, "request", "R-7Q2M-K9TD", input)
//	runner.Drain(ctx)                      // until all wait, or have ended
//	runner.Advance(ctx, 7*24*time.Hour)    // seven days pass
//	runner.Path(id)                        // the states visited
//	runner.Executions()                    // with every input and output, for the marker test (I13)
//
// # Where it is stricter than AWS
//
// Parse and Lint refuse what would only hurt in production: a field nobody
// reads, a task without a timeout (F20), a token that is never passed on, a
// path that forgot its ".$", a date in a definition (law.md's clock decides
// dates, not the workflow). See Rule for the list.
//
// # What it leaves out
//
// JSONata, variables (Assign), activities, heartbeats, dynamic timeouts,
// timestamps, and all intrinsic functions but four
// (States.Format, States.StringToJson, States.JsonToString, States.Array).
// Paths are `$.a.b`, `$['a b']`, `$.a[0]` and `$.a[*]`: the part on which AWS, the
// local emulator and ojg agree. Each is refused by name, never ignored.
//
// # Distributed maps
//
// Each item of a Map whose Mode is DISTRIBUTED is an execution of its own, as in
// AWS: with an ID (execution:MACHINE/LABEL:NAME), an input, a history and tokens
// of its own, and without $$.Map, which only ItemSelector reads. Whatever stops,
// times out or takes away its parent does so with it; an item that fails, or is
// stopped or lost alone, ends the Map with States.ExceedToleratedFailureThreshold
// and stops the others. Items come from the state (ItemsPath). Not played, and
// refused: ItemReader, ItemBatcher, ResultWriter, tolerated failures, and
// ExecutionType EXPRESS. Not played, and not in a definition: redriving a map run,
// changing its concurrency, and the pace at which AWS starts the items.
//
// # Order
//
// Nothing runs at the same moment. One lane (an execution, an item of an inline Map, a
// branch of a Parallel) runs until it waits, then the next one, in the order in
// which they became able to run; Runner.Pick draws another order, for tests that
// look for races. Two runs of one test visit the same states in the same order.
package asl
