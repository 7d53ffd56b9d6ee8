using System.Net;
using System.Net.Sockets;

namespace Postern.EndToEnd.Rigs;

/// <summary>A directory of its own for everything that a test starts, and ports that are free.</summary>
internal sealed class Workplace : IDisposable
{
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

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public static void WaitForPort(int port, Func<string> explain) => WaitFor(
        () =>
        {
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        },
        () => $"nobody listens at port {port}: {explain()}");

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
