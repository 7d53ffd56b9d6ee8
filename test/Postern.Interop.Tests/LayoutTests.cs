using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Xunit;

namespace Postern.Interop.Tests;

/// <summary>Every struct that crosses the border has the layout that this machine's own C compiler gives it.</summary>
public sealed class LayoutTests
{
    [Fact]
    public void Structs_are_what_the_headers_say()
    {
        const string Program = """
            #define _GNU_SOURCE
            #include <stdio.h>
            #include <stddef.h>
            #include <sys/epoll.h>
            #include <sys/socket.h>
            #include <sys/un.h>
            #include <sys/uio.h>
            #include <sys/resource.h>
            #include <sys/timerfd.h>
            #include <netinet/in.h>
            #include <spawn.h>
            #include <pwd.h>
            #define SIZE(t) printf(#t " %zu\n", sizeof(t))
            #define AT(t, f) printf(#t "." #f " %zu\n", offsetof(t, f))
            int main(void) {
              SIZE(struct epoll_event); AT(struct epoll_event, data);
              SIZE(struct msghdr); AT(struct msghdr, msg_iov); AT(struct msghdr, msg_control); AT(struct msghdr, msg_flags);
              SIZE(struct iovec); SIZE(struct rlimit);
              SIZE(struct itimerspec); AT(struct itimerspec, it_value);
              SIZE(struct sockaddr_in); SIZE(struct sockaddr_in6); SIZE(struct sockaddr_un);
              SIZE(posix_spawn_file_actions_t);
              SIZE(struct passwd); AT(struct passwd, pw_uid); AT(struct passwd, pw_dir);
              SIZE(struct cmsghdr);
              return 0;
            }
            """;
        Dictionary<string, int> real = Compile(Program);

        Assert.Equal(real["struct epoll_event"], EventPoll.EventSize);
        Assert.Equal(real["struct epoll_event.data"], EventPoll.DataOffset);
        Assert.Equal(real["struct msghdr"], Marshal.SizeOf<MessageHeader>());
        Assert.Equal(real["struct msghdr.msg_iov"], Offset<MessageHeader>(nameof(MessageHeader.Vectors)));
        Assert.Equal(real["struct msghdr.msg_control"], Offset<MessageHeader>(nameof(MessageHeader.Control)));
        Assert.Equal(real["struct msghdr.msg_flags"], Offset<MessageHeader>(nameof(MessageHeader.Flags)));
        Assert.Equal(real["struct iovec"], Marshal.SizeOf<IoVector>());
        Assert.Equal(real["struct rlimit"], Marshal.SizeOf<ResourceLimit>());
        Assert.Equal(real["struct itimerspec"], Marshal.SizeOf<TimerSetting>());
        Assert.Equal(real["struct itimerspec.it_value"], Offset<TimerSetting>(nameof(TimerSetting.FirstSeconds)));
        Assert.Equal(real["struct sockaddr_un"], SocketAddress.MaxLength);
        Assert.Equal(real["struct sockaddr_un"] - 3, SocketAddress.MaxPath);
        Assert.True(real["posix_spawn_file_actions_t"] <= ChildProcess.FileActionsSize);
        Assert.Equal(real["struct passwd"], Marshal.SizeOf<PasswordEntry>());
        Assert.Equal(real["struct passwd.pw_uid"], Offset<PasswordEntry>(nameof(PasswordEntry.UserId)));
        Assert.Equal(real["struct passwd.pw_dir"], Offset<PasswordEntry>(nameof(PasswordEntry.Directory)));
        Assert.Equal(16, real["struct cmsghdr"]);
    }

    [Fact]
    public void The_sandbox_speaks_the_kernels_numbers()
    {
        const string Program = """
            #define _GNU_SOURCE
            #include <stdio.h>
            #include <stddef.h>
            #include <sched.h>
            #include <sys/resource.h>
            #include <sys/syscall.h>
            #include <linux/capability.h>
            #include <linux/landlock.h>
            #define SIZE(t) printf(#t " %zu\n", sizeof(t))
            #define AT(t, f) printf(#t "." #f " %zu\n", offsetof(t, f))
            #define NUMBER(n) printf(#n " %lld\n", (long long)(n))
            int main(void) {
              SIZE(struct landlock_path_beneath_attr); AT(struct landlock_path_beneath_attr, parent_fd);
              AT(struct landlock_ruleset_attr, handled_access_fs);
              SIZE(struct __user_cap_header_struct); SIZE(struct __user_cap_data_struct); AT(struct __user_cap_data_struct, inheritable);
              NUMBER(SYS_landlock_create_ruleset); NUMBER(SYS_landlock_add_rule); NUMBER(SYS_landlock_restrict_self); NUMBER(SYS_close_range);
              NUMBER(SYS_capget); NUMBER(SYS_capset); NUMBER(SYS_seccomp);
              NUMBER(LANDLOCK_ACCESS_FS_EXECUTE); NUMBER(LANDLOCK_ACCESS_FS_READ_FILE); NUMBER(LANDLOCK_ACCESS_FS_READ_DIR); NUMBER(LANDLOCK_ACCESS_FS_REFER);
              NUMBER(CLONE_NEWNET); NUMBER(CLONE_NEWIPC); NUMBER(CLONE_NEWUTS);
              NUMBER(RLIMIT_FSIZE); NUMBER(RLIMIT_CORE); NUMBER(RLIMIT_NPROC); NUMBER(RLIMIT_NOFILE); NUMBER(RLIMIT_MEMLOCK); NUMBER(RLIMIT_MSGQUEUE); NUMBER(RLIMIT_RTPRIO);
              NUMBER(CAP_SETGID); NUMBER(CAP_SETUID); NUMBER(CAP_SETPCAP); NUMBER(CAP_IPC_LOCK); NUMBER(CAP_SYS_CHROOT);
              return 0;
            }
            """;
        Dictionary<string, int> real = Compile(Program);

        Assert.Equal(real["struct landlock_path_beneath_attr"], Marshal.SizeOf<PathBeneathAttribute>());
        Assert.Equal(real["struct landlock_path_beneath_attr.parent_fd"], Offset<PathBeneathAttribute>(nameof(PathBeneathAttribute.Directory)));
        Assert.Equal(real["struct landlock_ruleset_attr.handled_access_fs"], Offset<RulesetAttribute>(nameof(RulesetAttribute.Files)));
        Assert.Equal((8, 16, 24), (Offset<RulesetAttribute>(nameof(RulesetAttribute.Network)), Offset<RulesetAttribute>(nameof(RulesetAttribute.Scopes)), Marshal.SizeOf<RulesetAttribute>()));
        Assert.Equal(real["struct __user_cap_header_struct"], Marshal.SizeOf<CapabilityHeader>());
        Assert.Equal(real["struct __user_cap_data_struct"], Marshal.SizeOf<CapabilityData>());
        Assert.Equal(real["struct __user_cap_data_struct.inheritable"], Offset<CapabilityData>(nameof(CapabilityData.Inheritable)));
        Assert.Equal((444, 445, 446, 436), (real["SYS_landlock_create_ruleset"], real["SYS_landlock_add_rule"], real["SYS_landlock_restrict_self"], real["SYS_close_range"]));
        Assert.Equal(Seccomp.IsArm64 ? (90, 91, 277) : (125, 126, 317), (real["SYS_capget"], real["SYS_capset"], real["SYS_seccomp"]));
        Assert.Equal(real["LANDLOCK_ACCESS_FS_EXECUTE"], (int)LandlockFiles.Execute);
        Assert.Equal(real["LANDLOCK_ACCESS_FS_READ_FILE"], (int)LandlockFiles.ReadFile);
        Assert.Equal(real["LANDLOCK_ACCESS_FS_READ_DIR"], (int)LandlockFiles.ReadDirectory);
        Assert.Equal(real["LANDLOCK_ACCESS_FS_REFER"], (int)LandlockFiles.Refer);
        Assert.Equal(
            (real["CLONE_NEWNET"], real["CLONE_NEWIPC"], real["CLONE_NEWUTS"]),
            ((int)Namespaces.Network, (int)Namespaces.Ipc, (int)Namespaces.HostName));
        Assert.Equal(
            [real["RLIMIT_FSIZE"], real["RLIMIT_CORE"], real["RLIMIT_NPROC"], real["RLIMIT_NOFILE"], real["RLIMIT_MEMLOCK"], real["RLIMIT_MSGQUEUE"], real["RLIMIT_RTPRIO"]],
            Array.ConvertAll(Enum.GetValues<Resource>(), resource => (int)resource));
        Assert.Equal(
            [1UL << real["CAP_SETGID"], 1UL << real["CAP_SETUID"], 1UL << real["CAP_SETPCAP"], 1UL << real["CAP_IPC_LOCK"], 1UL << real["CAP_SYS_CHROOT"]],
            Array.ConvertAll(Enum.GetValues<Capability>()[1..], capability => (ulong)capability));
    }

    /// <summary>OSSL_PARAM's layout is public (openssl/core.h), but its header need not be installed.</summary>
    [Fact]
    public void Ossl_param_is_five_words()
    {
        Assert.Equal(5 * IntPtr.Size, Marshal.SizeOf<OsslParameter>());
        Assert.Equal(IntPtr.Size, Offset<OsslParameter>(nameof(OsslParameter.Type)));
        Assert.Equal(2 * IntPtr.Size, Offset<OsslParameter>(nameof(OsslParameter.Data)));
        Assert.Equal(4 * IntPtr.Size, Offset<OsslParameter>(nameof(OsslParameter.ReturnSize)));
    }

    internal static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);

    internal static Dictionary<string, int> Compile(string program, params string[] options)
    {
        string directory = Directory.CreateTempSubdirectory("postern-layout").FullName;
        try
        {
            File.WriteAllText(Path.Combine(directory, "layout.c"), program);
            string compiler = File.Exists("/usr/bin/clang") ? "clang" : "gcc";
            Run(compiler, [.. options, "-o", "layout", "layout.c"], directory);
            string output = Run(Path.Combine(directory, "layout"), [], directory);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToDictionary(
                line => line[..line.LastIndexOf(' ')],
                line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture),
                StringComparer.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Run(string program, string[] arguments, string directory)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, new StringBuilder(program).Append(": ").Append(errors).ToString());
        return output;
    }
}
