using System.Collections.Immutable;
using System.Net;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Interop.LibC;
using SocketAddress = Postern.Interop.LibC.SocketAddress;

namespace Postern.Roles.Supervisor;

/// <summary>
/// The listening sockets, by address. They outlive every generation that serves them: a reload closes none that is
/// still wanted, so that no client meets a closed port.
/// </summary>
public sealed class ListenerSet
{
    /// <summary>The kernel cuts it to net.core.somaxconn.</summary>
    private const int Backlog = 4096;

    /// <summary>Mode 0666.</summary>
    private const uint WorldReadWrite = 0x1b6;

    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <summary>
    /// The descriptors of this snapshot's gates: those that are open already and, newly bound, the others.
    /// <paramref name="opened"/> names the new ones, for <see cref="Close"/> should the reload fail.
    /// </summary>
    public IReadOnlyList<(int Fd, int Gate)>? Open(
        Snapshot snapshot, string file, List<ConfigurationProblem> problems, out IReadOnlyList<string> opened)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(problems);
        List<(int, int)> listeners = [];
        List<string> fresh = [];
        for (int gate = 0; gate < snapshot.Gates.Length; gate++)
        {
            GateSettings settings = snapshot.Gates[gate].Settings;
            foreach (EndpointAddress address in settings.Listen)
            {
                string key = address.ToString();
                if (!_open.TryGetValue(key, out int fd))
                {
                    fd = Bind(address);
                    if (fd < 0)
                    {
                        problems.Add(new ConfigurationProblem(
                            Severity.Error, file, 0, 0, settings.Key + ".listen", Explain(address, fd)));
                        continue;
                    }

                    _open.Add(key, fd);
                    fresh.Add(key);
                }

                listeners.Add((fd, gate));
            }
        }

        opened = fresh;
        if (problems.Count == 0)
            return listeners;

        Close(fresh);
        return null;
    }

    public void Close(IEnumerable<string> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        foreach (string address in addresses.ToArray())
        {
            if (!_open.Remove(address, out int fd))
                continue;

            Descriptor.Close(fd);
            if (address.StartsWith("unix:", StringComparison.Ordinal))
                _ = FilePath.Unlink(address["unix:".Length..]);
        }
    }

    /// <summary>Closes what this snapshot no longer wants.</summary>
    public void CloseAllBut(Snapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        HashSet<string> wanted = snapshot.Gates
            .SelectMany(gate => gate.Settings.Listen).Select(address => address.ToString()).ToHashSet(StringComparer.Ordinal);
        Close(_open.Keys.Where(address => !wanted.Contains(address)));
    }

    public void CloseAll() => Close(_open.Keys);

    private static int Bind(EndpointAddress address)
    {
        if (address.Path is { } path)
            return BindUnix(path);

        // Names were resolved when the snapshot was made.
        int fd = StreamSocket.Listen(SocketAddress.Tcp(IPAddress.Parse(address.Host!), address.Port), Backlog);
        if (fd >= 0)
        {
            StreamSocket.NoDelay(fd);
            StreamSocket.KeepAlive(fd);
        }

        return fd;
    }

    /// <summary>A socket that nobody answers at is left over from a crash and goes; one that answers stays.</summary>
    private static int BindUnix(string path)
    {
        SocketAddress address = SocketAddress.Unix(path);
        int probe = StreamSocket.New(address);
        int answer = StreamSocket.Connect(probe, address);
        Descriptor.Close(probe);
        if (answer >= 0)
            return -Errno.AddressInUse;

        // Connecting to a file that is no socket is refused too, and such a file is not ours to remove.
        if (answer == -Errno.ConnectionRefused && FilePath.IsSocket(path))
            _ = FilePath.Unlink(path);

        int fd = StreamSocket.Listen(address, Backlog);

        // Who may connect is said by the directory: the socket itself is open, as a TCP port is.
        if (fd >= 0)
            _ = FilePath.SetMode(path, WorldReadWrite);
        return fd;
    }

    private static string Explain(EndpointAddress address, int errno) => -errno switch
    {
        Errno.AddressInUse when address.Path is not null =>
            $"{address} is there already, and is not a socket that posternd left behind: stop the program that listens there, or remove the file",
        Errno.AddressInUse => $"{address} is in use by another program; find it with: ss -ltnp 'sport = :{address.Port}'",
        Errno.Access => $"{address}: permission denied; a port below 1024 needs root or CAP_NET_BIND_SERVICE",
        Errno.AddressNotAvailable => $"{address} is not an address of this machine",
        _ => $"{address}: {Errno.Describe(errno)}",
    };
}
