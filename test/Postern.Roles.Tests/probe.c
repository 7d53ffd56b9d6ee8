/*
 * What is left to a role that somebody has taken over: becomes the role's user, installs the role's filter (argument 1: a
 * file of struct sock_filter), and tries. One line for each attempt: its name, a tab, "allowed" or the error.
 * Arguments: filter, uid, pid of another process of that user, pid of one of another user.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static char report[8192];
static size_t used;

static void tell(const char *what, long result)
{
    const char *outcome = result >= 0 ? "allowed" : strerrorname_np(errno);
    used += snprintf(report + used, sizeof report - used, "%s\t%s\n", what, outcome ? outcome : "?");
}

/* sendmsg(2): the one way of sending that every role has. */
static long say(int fd, void *bytes, size_t length)
{
    struct iovec vector = { bytes, length };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    return sendmsg(fd, &message, MSG_DONTWAIT);
}

int main(int argc, char **argv)
{
    if (argc != 5) return 2;
    static struct sock_filter code[1024];
    FILE *file = fopen(argv[1], "r");
    size_t count = file ? fread(code, sizeof *code, 1024, file) : 0;
    if (count == 0) return 3;
    struct sock_fprog program = { (unsigned short)count, code };
    uid_t uid = atoi(argv[2]);
    pid_t own = atoi(argv[3]), other = atoi(argv[4]);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0) return 4;
    void *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) {
        close(pair[0]);
        ssize_t length;
        while ((length = recv(pair[1], report, sizeof report, 0)) > 0)
            if (length > 1) return write(1, report, length) != length;
        return 8;
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", own);
    if (uid != getuid() && (setgroups(0, 0) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))) return 5;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) return 6;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0) return 7;

    tell("talk to the supervisor", say(pair[0], "x", 1));
    tell("open a file", syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0));
    tell("make a file", syscall(SYS_openat, AT_FDCWD, "/tmp/probe", O_CREAT | O_WRONLY, 0600));
    tell("open a file by io_uring", syscall(SYS_io_uring_setup, 1, page));
    tell("read another process's /proc", syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0));
    tell("list a directory", syscall(SYS_getdents64, 0, page, 4096));
    tell("socket: TCP", syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));
    tell("socket: unix", syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
    tell("socket: netlink", syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0));
    tell("socket: raw packets", syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0));
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    tell("bind", syscall(SYS_bind, pair[0], &address, sizeof address));
    tell("listen", syscall(SYS_listen, pair[0], 1));
    char *const arguments[] = { "/bin/true", 0 };
    tell("exec", syscall(SYS_execve, "/bin/true", arguments, arguments + 1));
    tell("fork", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    tell("ptrace a process of its user", syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, own, 0, 0));
    tell("ptrace a process of another user", syscall(SYS_ptrace, 16, other, 0, 0));
    tell("read a process's memory", syscall(SYS_process_vm_readv, own, page, 0, page, 0, 0));
    tell("kill a process of its user", syscall(SYS_kill, own, SIGTERM));
    tell("kill a process of another user", syscall(SYS_kill, other, SIGTERM));
    tell("signal another process's thread", syscall(SYS_tgkill, own, own, SIGTERM));
    tell("mprotect to executable", syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC));
    tell("mmap executable", (long)(intptr_t)syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1 ? -1 : 0);
    tell("mount", syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, 0));
    tell("a new namespace", syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */));
    tell("chroot", syscall(SYS_chroot, "/"));
    tell("keyctl", syscall(SYS_keyctl, 0, 0));
    tell("bpf", syscall(SYS_bpf, 0, page, 64));
    tell("become root", syscall(SYS_setuid, 0));
    tell("a looser filter", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
    tell("raise a limit", syscall(SYS_prlimit64, 0, 7, page, 0));
    /* A role may send on its sockets: so does the report leave, to a process that has no filter. */
    say(pair[0], report, used);
    syscall(SYS_exit_group, 0);
}
