using System.Net.Sockets;
using System.Text;

namespace Postern.Cli.Tests.Demo;

internal sealed class PlainClient : IDisposable
{
    private readonly TcpClient _client = new() { ReceiveTimeout = 10_000 };
    private readonly StreamReader _reader;

    public PlainClient(int port)
    {
        _client.Connect("127.0.0.1", port);
        _reader = new StreamReader(_client.GetStream(), Encoding.Latin1);
    }

    public string? Hear() => _reader.ReadLine();

    public void Say(string line) => _client.GetStream().Write(Encoding.Latin1.GetBytes(line + "\r\n"));

    public string? Ask(string line)
    {
        Say(line);
        return Hear();
    }

    /// <summary>The lines up to the tagged one.</summary>
    public List<string> AskImap(string line)
    {
        Say(line);
        string tag = line.Split(' ')[0] + " ";
        List<string> lines = [];
        while (Hear() is { } heard)
        {
            lines.Add(heard);
            if (heard.StartsWith(tag, StringComparison.Ordinal))
                break;
        }

        return lines;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _client.Dispose();
    }
}
