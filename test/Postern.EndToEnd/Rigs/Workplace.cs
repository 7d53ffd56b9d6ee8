using System.Net;
using System.Net.Sockets;

namespace Postern.EndToEnd.Rigs;

/// <summary>A directory of its own for everything that a test starts, and ports that are free.</summary>
internal sealed class Workplace : IDisposable
{
    // Below those that the kernel gives to clients (ip_local_port_range): no connection of a test takes a port before its server does.
    private const int FirstPort = 10_000;
    private const int PortCount = 22_000;

    private static int s_ports = Random.Shared.Next(PortCount);

    public Workplace()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("postern-e2e-").FullName;

        // Unprivileged users of Postfix and Dovecot have to get in.
        File.SetUnixFileMode(Directory, (UnixFileMode)0x1ed);
    }

    public string Directory { get; }

    public string At(string name) => Path.Combine(Directory, name);

    public string MakeDirectory(string name, string owner)
    {
        _ = System.IO.Directory.CreateDirectory(At(name));
        _ = Tool.Run("chown", owner, At(name));
        return At(name);
    }

    public string Write(string name, string text)
    {
        _ = System.IO.Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), text);
        return At(name);
    }

    /// <summary>A copy of a file that only this user can read; its path.</summary>
    public string Lend(string file, string name, string user)
    {
        Tool.Must("install", "-o", user, "-m", "600", file, At(name));
        return At(name);
    }

    /// <summary>A port that nothing listens at, another each time.</summary>
    public static int FreePort()
    {
        while (true)
        {
            int port = FirstPort + (int)((uint)Interlocked.Increment(ref s_ports) % PortCount);
            try
            {
                using var probe = new TcpListener(IPAddress.Any, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }

    public static void WaitForPort(int port, Func<string> explain, string address = "127.0.0.1") => WaitFor(
        () =>
        {
            try
            {
                using var probe = new TcpClient();
                probe.Connect(address, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        },
        () => $"nobody listens at {address}:{port}: {explain()}");

    public static void WaitFor(Func<bool> condition, Func<string> explain)
    {
        DateTime end = DateTime.UtcNow.AddSeconds(20);
        while (!condition())
        {
            if (DateTime.UtcNow > end)
                throw new TimeoutException(explain());
            Thread.Sleep(50);
        }
    }

    public void Dispose()
    {
        try
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
        catch (IOException)
        {
            // A server of the rig wrote one more file while it ended; the directory is a temporary one.
        }
    }
}
