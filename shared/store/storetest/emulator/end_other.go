//go:build !linux

package emulator

import "syscall"

func endWithParent() *syscall.SysProcAttr { return nil }
