using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.Cli.Demo;

/// <summary>A small plain text server on loopback: one thread a connection, one line at a time.</summary>
internal abstract class DemoServer : IDisposable
{
    private const int MaxLine = 8192;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    protected DemoServer() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many lines of clients have arrived: what an injection would make go up.</summary>
    public int LinesHeard { get; private set; }

    public void Start() => new Thread(Accept) { IsBackground = true }.Start();

    public void Dispose() => _listener.Stop();

    /// <summary>Serves one client until it leaves.</summary>
    protected abstract void Serve(Func<string?> read, Action<string> write);

    private void Accept()
    {
        try
        {
            while (true)
            {
                TcpClient client = _listener.AcceptTcpClient();
                new Thread(() => Serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // The listener was stopped: the demo is over.
        }
    }

    private void Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                NetworkStream stream = client.GetStream();
                Serve(() => ReadLine(stream), text => stream.Write(Encoding.Latin1.GetBytes(text)));
            }
            catch (IOException)
            {
                // The client went away.
            }
        }
    }

    private string? ReadLine(NetworkStream stream)
    {
        var line = new StringBuilder();
        int value;
        while ((value = stream.ReadByte()) is not ('\n' or -1) && line.Length < MaxLine)
            _ = line.Append((char)value);
        if (value != '\n')
            return null;

        LinesHeard++;
        return line.ToString().TrimEnd('\r');
    }
}
