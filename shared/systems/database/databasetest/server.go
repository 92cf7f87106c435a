//go:build unix

// Package databasetest starts throw-away database servers from the programs
// that the machine has (Debian: postgresql, mariadb-server): each in a folder of
// its own under the temporary files, reached by a socket in it, and gone with
// the process that started it.
package databasetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Server is one server that runs.
type Server struct {
	// Socket is the folder of a PostgreSQL socket, or the socket of a MariaDB.
	Socket string
	// User signs in without a password.
	User string

	folder string
	ended  chan struct{}
	stop   func()
}

// startTime is how long a server may take to be there.
const startTime = time.Minute

// Secret is what stands in the secret of a system of that database.
func (s *Server) Secret(database string) string {
	b, err := json.Marshal(map[string]string{"host": s.Socket, "database": database, "user": s.User})
	if err != nil {
		panic(err) // cannot be: strings
	}
	return string(b)
}

// Stop ends the server and removes what it kept.
func (s *Server) Stop() error {
	s.stop()
	<-s.ended
	return os.RemoveAll(s.folder)
}

// Postgres starts a PostgreSQL with an empty database "postgres". It ends with
// ctx, if nobody stops it before.
func Postgres(ctx context.Context) (*Server, error) {
	bin, err := program("postgres", "/usr/lib/postgresql/*/bin/postgres", "postgresql")
	if err != nil {
		return nil, err
	}
	isReady, err := program("pg_isready", "/usr/lib/postgresql/*/bin/pg_isready", "postgresql")
	if err != nil {
		return nil, err
	}
	s, err := newServer("postgres")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(s.folder, "data")
	s.Socket = s.folder
	init := exec.CommandContext(ctx, filepath.Join(filepath.Dir(bin), "initdb"), "-D", data, "-U", s.User, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
	run := exec.CommandContext(ctx, bin, "-D", data, "-k", s.Socket, "-h", "", "-F",
		"-c", "full_page_writes=off", "-c", "synchronous_commit=off", "-c", "max_wal_size=4GB", "-c", "shared_buffers=256MB")
	// The socket is there before the server lets anybody in.
	ready := func() bool {
		return exec.CommandContext(ctx, isReady, "-q", "-h", s.Socket).Run() == nil
	}
	return s, s.start(ctx, init, run, ready, syscall.SIGINT)
}

// MariaDB starts a MariaDB with no database but its own. It ends with ctx, if
// nobody stops it before.
func MariaDB(ctx context.Context) (*Server, error) {
	bin, err := program("mariadbd", "/usr/sbin/mariadbd", "mariadb-server")
	if err != nil {
		return nil, err
	}
	install, err := program("mariadb-install-db", "/usr/bin/mariadb-install-db", "mariadb-server")
	if err != nil {
		return nil, err
	}
	s, err := newServer("mariadb")
	if err != nil {
		return nil, err
	}
	s.User = "root"
	data := filepath.Join(s.folder, "data")
	s.Socket = filepath.Join(s.folder, "s")
	init := exec.CommandContext(ctx, install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal")
	run := exec.CommandContext(ctx, bin, "--no-defaults", "--datadir="+data, "--socket="+s.Socket, "--pid-file="+filepath.Join(s.folder, "pid"), "--skip-networking",
		"--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-buffer-pool-size=256M")
	ready := func() bool {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", s.Socket)
		return err == nil && conn.Close() == nil
	}
	return s, s.start(ctx, init, run, ready, syscall.SIGTERM)
}

// program finds one program, or says what to install.
func program(name, pattern, debian string) (string, error) {
	if at, err := exec.LookPath(name); err == nil {
		return at, nil
	}
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("%s is not on this machine: install %s (make test does, as root with apt)", name, debian)
	}
	return slices.Max(found), nil
}

// newServer makes the folder of a server.
func newServer(name string) (*Server, error) {
	folder, err := os.MkdirTemp("", "desk-"+name+"-")
	if err != nil {
		return nil, err
	}
	return &Server{User: "desk", folder: folder, ended: make(chan struct{})}, nil
}

// start makes the data and runs the server on it, until it is ready. Neither
// server runs as root, so under root they run as nobody.
func (s *Server) start(ctx context.Context, init, run *exec.Cmd, ready func() bool, end os.Signal) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(s.folder))
		}
	}()
	attr, err := s.as()
	if err != nil {
		return err
	}
	init.SysProcAttr, run.SysProcAttr = attr, attr
	init.Dir, run.Dir = s.folder, s.folder
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("make the data of a server: %w\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(s.folder, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	run.Stdout, run.Stderr = log, log
	started := make(chan error)
	go func() {
		// A server dies with the thread that started it.
		runtime.LockOSThread()
		err := run.Start()
		started <- err
		if err == nil {
			_ = run.Wait() // it is killed
			close(s.ended)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.stop = func() { _ = run.Process.Signal(end) } // it may have ended by itself
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if ready() {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.ended:
			out, _ := os.ReadFile(log.Name())
			return fmt.Errorf("the server ended at once\n%s", out)
		case <-ctx.Done():
			s.stop()
			<-s.ended
			return ctx.Err()
		}
	}
}

// as gives the folder to who runs the server.
func (s *Server) as() (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return attributes(nil), nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return attributes(&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}), os.Chown(s.folder, int(uid), int(gid))
}
