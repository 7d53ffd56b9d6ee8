using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Bench.Interop;

namespace Postern.Bench.Load;

/// <summary>One blocking connection to a gate: plain until <see cref="Handshake"/>, TLS from then on.</summary>
internal sealed unsafe class TlsClient : IDisposable
{
    /// <summary>A gate that answers nothing for so long has failed; the run must end.</summary>
    private const int SilenceMilliseconds = 10_000;

    private const int LineBufferBytes = 4096;

    private readonly Socket socket;
    private nint ssl;
    private byte[]? lines;
    private int lineBytes;

    /// <param name="port">The gate's, on loopback.</param>
    /// <param name="source">Where to come from; null: the kernel's choice.</param>
    internal TlsClient(int port, IPAddress? source = null)
    {
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = SilenceMilliseconds,
            SendTimeout = SilenceMilliseconds,
        };
        try
        {
            if (source is not null)
                socket.Bind(new IPEndPoint(source, 0));
            socket.Connect(IPAddress.Loopback, port);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal int Descriptor => (int)socket.Handle;

    /// <summary>OpenSSL's side of it; 0 until <see cref="Handshake"/>.</summary>
    internal nint Ssl => ssl;

    internal bool WasResumed => LibSsl.SSL_session_reused(ssl) == 1;

    internal void Handshake(TlsClientContext context)
    {
        ssl = LibSsl.SSL_new(context.Handle);
        LibSsl.SSL_ctrl_text(ssl, LibSsl.CtrlSetServerName, 0, "bench.test");
        LibSsl.ERR_clear_error();
        if (LibSsl.SSL_set_fd(ssl, (int)socket.Handle) != 1
            || (context.Session != 0 && LibSsl.SSL_set_session(ssl, context.Session) != 1))
        {
            throw new IOException("OpenSSL refuses the connection's settings: " + LibSsl.LastError());
        }

        var result = LibSsl.SSL_connect(ssl);
        if (result != 1)
            throw Failure("the handshake", result);
    }

    /// <summary>The session with the newest ticket that has arrived; the caller owns it.</summary>
    internal nint TakeSession()
    {
        var session = LibSsl.SSL_get1_session(ssl);
        if (LibSsl.SSL_SESSION_is_resumable(session) != 1)
            throw new IOException("the gate has sent no session ticket that can be used");
        return session;
    }

    internal void Write(ReadOnlySpan<byte> data)
    {
        if (ssl == 0)
        {
            socket.Send(data);
            return;
        }

        LibSsl.ERR_clear_error();
        fixed (byte* start = data)
        {
            // Without SSL_MODE_ENABLE_PARTIAL_WRITE, a blocking SSL_write writes all or fails.
            var result = LibSsl.SSL_write(ssl, start, data.Length);
            if (result != data.Length)
                throw Failure("a write", result);
        }
    }

    internal int Read(Span<byte> buffer)
    {
        if (ssl == 0)
            return socket.Receive(buffer);
        LibSsl.ERR_clear_error();
        fixed (byte* start = buffer)
        {
            var result = LibSsl.SSL_read(ssl, start, buffer.Length);
            if (result > 0)
                return result;
            return LibSsl.SSL_get_error(ssl, result) == LibSsl.ErrorZeroReturn ? 0 : throw Failure("a read", result);
        }
    }

    internal void ReadExactly(Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var count = Read(buffer);
            if (count == 0)
                throw new IOException("the gate closed the connection before the whole answer had come");
            buffer = buffer[count..];
        }
    }

    /// <summary>Sends 64 bytes and reads them back: the gate has reached the backend, and its tickets are here.</summary>
    internal void EchoOnce()
    {
        Span<byte> sent = stackalloc byte[64];
        Span<byte> back = stackalloc byte[64];
        sent.Fill((byte)'e');
        Write(sent);
        ReadExactly(back);
        if (!back.SequenceEqual(sent))
            throw new IOException("the echo differs from what was sent");
    }

    /// <summary>Reads lines up to one that begins like this. Anything after it would be a surprise: we pipeline nothing.</summary>
    internal void Expect(ReadOnlySpan<byte> beginning)
    {
        lines ??= new byte[LineBufferBytes];
        while (true)
        {
            var seen = lines.AsSpan(0, lineBytes);
            for (var end = seen.IndexOf((byte)'\n'); end >= 0; end = seen.IndexOf((byte)'\n'))
            {
                var line = seen[..end];
                seen = seen[(end + 1)..];
                if (!line.StartsWith(beginning))
                    continue;
                seen.CopyTo(lines);
                lineBytes = seen.Length;
                return;
            }

            seen.CopyTo(lines);
            lineBytes = seen.Length;
            var count = lineBytes < lines.Length ? Read(lines.AsSpan(lineBytes)) : 0;
            if (count == 0)
                throw new IOException($"the gate never said \"{Encoding.ASCII.GetString(beginning)}\"");
            lineBytes += count;
        }
    }

    /// <summary>
    /// Says close_notify and FIN, and waits for the gate's end: all that a connection costs has been spent when this
    /// returns.
    /// </summary>
    internal void Close()
    {
        _ = LibSsl.SSL_shutdown(ssl);
        Span<byte> rest = stackalloc byte[1024];
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            while (socket.Receive(rest) > 0)
            {
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.NotConnected)
        {
            // A gate may end with RST; that is its way, and no failure of the measurement.
        }
    }

    public void Dispose()
    {
        if (ssl != 0)
        {
            LibSsl.SSL_free(ssl);
            ssl = 0;
        }

        socket.Dispose();
    }

    private IOException Failure(string what, int result)
    {
        var code = LibSsl.SSL_get_error(ssl, result);
        var reason = LibSsl.LastError();
        return new IOException($"{what} failed: {(reason.Length > 0 ? reason : $"SSL_get_error says {code}")}");
    }
}
