using System.Collections.Immutable;
using Postern.Interop.LibC;

namespace Postern.Roles.Sandbox;

/// <summary>
/// What a role may read between exec and the end of its start: what the dynamic loader, the runtime and OpenSSL open. A
/// file that they miss is noticed at the role's start, by its failure.
/// </summary>
public static class StartFiles
{
    private const LandlockFiles Read = LandlockFiles.ReadFile;
    private const LandlockFiles Below = LandlockFiles.ReadFile | LandlockFiles.ReadDirectory;
    private const LandlockFiles Libraries = Below | LandlockFiles.Execute;

    private static readonly ImmutableArray<LandlockPlace> s_places =
    [
        // The program itself, wherever it was started from.
        new("/proc/self/exe", LandlockFiles.Execute | Read),

        // The dynamic loader and libraries; OpenSSL's modules are below too.
        new("/lib", Libraries),
        new("/lib64", Libraries),
        new("/usr/lib", Libraries),
        new("/usr/lib64", Libraries),
        new("/usr/local/lib", Libraries),
        new("/usr/local/lib64", Libraries),
        new("/etc/ld.so.cache", Read),
        new("/etc/ld.so.preload", Read),

        // The runtime: its main thread's stack, processors, and the memory that the cgroup gives.
        new("/proc/self", Below),
        new("/proc/meminfo", Read),
        new("/sys/devices/system", Below),
        new("/sys/fs/cgroup", Below),

        // The runtime: seeds of its hash tables.
        new("/dev/urandom", Read),

        // OpenSSL's configuration, of Debian and of Fedora, with what theirs includes.
        new("/etc/ssl/openssl.cnf", Read),
        new("/etc/pki/tls/openssl.cnf", Read),
        new("/etc/pki/tls/openssl.d", Below),
        new("/etc/crypto-policies", Below),
    ];

    /// <summary>With the directories of LD_LIBRARY_PATH, where the administrator keeps libraries elsewhere.</summary>
    public static ImmutableArray<LandlockPlace> Places() =>
    [
        .. s_places,
        .. (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "").Split(':')
            .Where(path => path.StartsWith('/')).Select(path => new LandlockPlace(path, Libraries)),
    ];
}
