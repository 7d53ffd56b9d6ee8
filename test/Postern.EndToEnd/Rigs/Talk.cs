using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Postern.EndToEnd.Rigs;

/// <summary>A dialogue line by line, by a program on standard input and output or over TCP: the next is said when the last is answered.</summary>
internal sealed class Talk : IDisposable
{
    private const int PatienceMilliseconds = 10_000;

    private readonly StringBuilder _heard = new();
    private readonly Stream _say;
    private readonly string _end;
    private readonly TcpClient? _tcp;
    private readonly Process? _process;
    private int _taken;

    private Talk(TcpClient tcp)
    {
        _tcp = tcp;
        _say = tcp.GetStream();
        _end = "\r\n";
        Listen(_say);
    }

    private Talk(string program, string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _say = _process.StandardInput.BaseStream;
        _end = "\n";
        Listen(_process.StandardOutput.BaseStream);
        Listen(_process.StandardError.BaseStream);
    }

    /// <summary>Everything so far; of a program both of its streams.</summary>
    public string Heard
    {
        get
        {
            lock (_heard)
                return _heard.ToString();
        }
    }

    public static Talk Plain(int port, string address = "127.0.0.1") => new(new TcpClient(address, port));

    /// <summary>openssl s_client that trusts nobody else, and says nothing of its own on standard output.</summary>
    /// <param name="port">On this machine.</param>
    /// <param name="authority">Path of the certificate that the server's must come from.</param>
    /// <param name="more">-starttls and its like.</param>
    public static Talk OpenSsl(int port, string authority, params string[] more) => new("openssl",
        ["s_client", "-quiet", "-crlf", "-connect", $"localhost:{port.ToString(CultureInfo.InvariantCulture)}", "-CAfile", authority, "-verify_return_error", "-verify_hostname", "localhost", .. more]);

    /// <inheritdoc cref="OpenSsl"/>
    public static Talk GnuTls(int port, string authority, params string[] more) => new("gnutls-cli",
        ["--crlf", "--x509cafile=" + authority, "-p", port.ToString(CultureInfo.InvariantCulture), .. more, "localhost"]);

    /// <summary>One line, or several; the end of the last is added.</summary>
    public Talk Say(string lines) => Say(Encoding.UTF8.GetBytes(lines.ReplaceLineEndings(_end) + _end));

    /// <summary>As they are.</summary>
    public Talk Say(byte[] bytes)
    {
        try
        {
            _say.Write(bytes);
            _say.Flush();
        }
        catch (IOException)
        {
            // The other side has gone: what it said before tells why.
        }

        return this;
    }

    /// <summary>Waits until this has come, behind what was waited for before; all that came with it.</summary>
    public string Hear(string text)
    {
        int at = -1;
        Workplace.WaitFor(
            () =>
            {
                at = Heard.IndexOf(text, _taken, StringComparison.Ordinal);
                return at >= 0;
            },
            () => $"it does not say {text}; it said: {Heard}");
        string heard = Heard[_taken..(at + text.Length)];
        _taken = at + text.Length;
        return heard;
    }

    public void Dispose()
    {
        if (_process is not null)
        {
            try
            {
                _process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It left before it had read everything.
            }

            if (!_process.WaitForExit(PatienceMilliseconds))
                _process.Kill();
            _process.Dispose();
        }

        _tcp?.Dispose();
    }

    private void Listen(Stream stream) => new Thread(() =>
    {
        try
        {
            byte[] some = new byte[4096];
            while (stream.Read(some) is > 0 and int length)
            {
                lock (_heard)
                    _ = _heard.Append(Encoding.UTF8.GetString(some, 0, length));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The talk is over.
        }
    }) { IsBackground = true }.Start();
}
