// Mounts runs a command as root of a new user namespace, unprivileged outside of it, and
// answers its calls of mount(2) for filesystems of type "share": directories of this machine,
// read-only, which the command could not mount itself.
//
//	GOWORK=off go build . && ./mounts -share cache=/srv/cache -- sh -c 'mount -t share cache /mnt; ls /mnt'
//
// A share is one mount, and shows what mounts below it hide: the command could unmount them
// in any case. A DIR with mounts below it is therefore safe to share only if the command may
// see what they hide.
//
// The command ends with this program, and what it has started can live on. Outside of its
// namespace it has the uid 65534, and can signal the other processes of that user. A service
// should give each command a user ID of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/install/notify"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

func main() {
	install.Child()
	shares := make(map[string]string)
	flag.Func("share", "let the command mount `NAME=DIR`; may be repeated", func(text string) error {
		name, dir, found := strings.Cut(text, "=")
		if shares[name] = dir; !found || !path.IsAbs(dir) {
			return errors.New("want NAME=DIR with an absolute DIR")
		}
		return nil
	})
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("no command (pass it after --)")
	}
	status, text := install.ExitStatus(run(exec.Command(flag.Arg(0), flag.Args()[1:]...), shares))
	if text != "" {
		log.Print(text)
	}
	os.Exit(status)
}

// nobody is the user and the group that the command has outside of its namespace.
const nobody = 65534

// run runs the command in new user and mount namespaces, and answers its calls.
func run(cmd *exec.Cmd, shares map[string]string) error {
	f, err := filter()
	if err != nil {
		return err
	}
	runtime.LockOSThread() // whose end is what Pdeathsig means
	defer runtime.UnlockOSThread()
	ids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: nobody, Size: 1}}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
		UidMappings: ids, GidMappings: ids, GidMappingsEnableSetgroups: true,
		Credential: &syscall.Credential{Uid: 0, Gid: 0},
		Pdeathsig:  unix.SIGKILL, // nobody would answer its calls
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	file, err := install.Start(f.Insns(), install.Options{Flags: f.Flags()}, cmd)
	if err != nil {
		return err
	}
	l, err := notify.New(file)
	if err != nil {
		err = errors.Join(err, file.Close(), cmd.Process.Kill())
		cmd.Wait() // its status is that of the kill
		return err
	}
	go func() {
		defer l.Close() // so that no call waits for an answer that does not come
		l.Serve(context.Background(), func(_ context.Context, c *notify.Call) notify.Answer {
			return answer(c, shares)
		}, notify.Options{Failed: func(_ *notify.Call, err error) { log.Print(err) }})
	}()
	return cmd.Wait()
}

// filter hands over mount(2), but for remounts: they could make a share writable. The calls
// that replace mount(2) could, too, and programs fall back from them. It refuses to type
// into the caller's terminal; of an ioctl's number the kernel reads 32 bits.
func filter() (*compile.Filter, error) {
	p, err := profile.New(policy.Allow).
		Notify("mount").
		Errno("EPERM", "mount").If(profile.Arg(3).Masked("MS_REMOUNT", "MS_REMOUNT")).
		Errno("ENOSYS", "fsopen", "fsconfig", "fsmount", "fspick", "open_tree", "open_tree_attr", "move_mount", "mount_setattr").
		Errno("EPERM", "ioctl").If(profile.Arg(1).Masked(uint64(0xffffffff), unix.TIOCSTI, unix.TIOCLINUX)).
		Profile()
	if err != nil {
		return nil, err
	}
	target, err := profile.Host()
	if err != nil {
		return nil, err
	}
	return compile.Profile(p, target, compile.Options{})
}

// answer mounts a share. Other mounts are for the kernel to judge, by the command's own
// rights: letting them continue decides nothing.
func answer(c *notify.Call, shares map[string]string) notify.Answer {
	if c.Args[2] == 0 {
		return notify.Continue()
	}
	fstype, err := c.ReadString(c.Args[2], 256)
	if err != nil || fstype != "share" {
		return notify.Continue()
	}
	name, err := c.ReadString(c.Args[0], unix.PathMax)
	if err != nil {
		return failed(err)
	}
	dir, known := shares[name]
	if !known {
		return notify.Errno(unix.ENODEV)
	}
	at, err := c.ReadString(c.Args[1], unix.PathMax)
	if err == nil && !path.IsAbs(at) {
		err = unix.EINVAL
	}
	if err == nil {
		err = share(c, dir, at)
	}
	return failed(err)
}

// failed returns the answer for an error, which has an errno.
func failed(err error) notify.Answer {
	var errno unix.Errno
	switch {
	case err == nil:
		return notify.Value(0)
	case errors.As(err, &errno):
		return notify.Errno(errno)
	}
	return notify.Errno(notify.Refusal)
}

// share mounts a directory of this machine, without mounts below it, at a path of the command.
func share(c *notify.Call, dir, at string) error {
	tree, err := unix.OpenTree(unix.AT_FDCWD, dir, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(tree)
	attr := unix.MountAttr{
		Attr_set:    unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV,
		Propagation: unix.MS_PRIVATE, // or the command's mounts in it would appear on this machine
	}
	if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH, &attr); err != nil {
		return err
	}
	ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/mnt", c.Thread))
	if err != nil {
		return err
	}
	defer ns.Close()
	root, err := unix.Open(fmt.Sprintf("/proc/%d/root", c.Thread), unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(root)
	if err := c.Waiting(); err != nil { // so ns and root are the target's
		return err
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends in the other namespace
		err := unix.Unshare(unix.CLONE_FS)
		if err == nil {
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNS)
		}
		if err == nil {
			err = attach(tree, root, at)
		}
		done <- err
	}()
	return <-done
}

// attach mounts a tree at a path below root. It looks the path up with the rights of nobody,
// so that the answer says nothing of directories that the command cannot see, and refuses
// symbolic links: some, as /proc/self, lead each process elsewhere. The calling thread
// keeps these rights.
func attach(tree, root int, at string) error {
	if err := unix.Setgroups(nil); err != nil {
		return err
	}
	unix.SetfsgidRetGid(nobody)
	unix.SetfsuidRetUid(nobody) // without CAP_DAC_OVERRIDE, too
	// Only another call tells whether these worked.
	if uid, _ := unix.SetfsuidRetUid(-1); uid != nobody {
		return unix.EPERM
	}
	if gid, _ := unix.SetfsgidRetGid(-1); gid != nobody {
		return unix.EPERM
	}
	target, err := unix.Openat2(root, at, &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_SYMLINKS,
	})
	if err != nil {
		return err
	}
	defer unix.Close(target)
	// A target in another namespace is EINVAL (fs/namespace.c, do_move_mount).
	return unix.MoveMount(tree, "", target, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
}
