using System.Net.Sockets;
using System.Text;

namespace Postern.Cli.Demo;

/// <summary>A plain text connection that reads lines; texts are Latin-1, a character for each byte.</summary>
internal sealed class LineConnection(Socket socket)
{
    private const int MaxLine = 64 * 1024;

    private readonly byte[] _buffer = new byte[MaxLine];
    private int _length;

    /// <summary>The next line without its CRLF; null when the other side has ended, or says a line that is too long.</summary>
    public async Task<string?> ReadLine()
    {
        while (true)
        {
            int end = _buffer.AsSpan(0, _length).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                string line = Encoding.Latin1.GetString(_buffer, 0, end);
                Take(end + 2);
                return line;
            }

            if (_length == MaxLine || !await Fill())
                return null;
        }
    }

    /// <summary>This many bytes; null when the other side ended before.</summary>
    public async Task<string?> ReadBytes(int count)
    {
        while (_length < count)
        {
            if (_length == MaxLine || !await Fill())
                return null;
        }

        string text = Encoding.Latin1.GetString(_buffer, 0, count);
        Take(count);
        return text;
    }

    public async Task Write(string text)
    {
        ReadOnlyMemory<byte> bytes = Encoding.Latin1.GetBytes(text);
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes)..];
    }

    private async Task<bool> Fill()
    {
        int count = await socket.ReceiveAsync(_buffer.AsMemory(_length));
        _length += count;
        return count > 0;
    }

    private void Take(int count)
    {
        _buffer.AsSpan(count, _length - count).CopyTo(_buffer);
        _length -= count;
    }
}
