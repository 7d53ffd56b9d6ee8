using Postern.Interop.LibSsl.Demands;
using Postern.Interop.LibSsl.Handshake;

namespace Postern.Interop.LibSsl;

public enum TlsStatus
{
    /// <summary>Done: the handshake is complete, or bytes were read or written.</summary>
    Ok,

    /// <summary>More ciphertext is needed first.</summary>
    WantRead,

    /// <summary>The wire is full: send what is outgoing first.</summary>
    WantWrite,

    /// <summary>The peer said close_notify: an honest end.</summary>
    Closed,

    /// <summary>The connection is broken; <see cref="TlsChannel.Failure"/> says why. An alert may be outgoing.</summary>
    Failed,
}

/// <summary>
/// One TLS connection, of either side: handshake, read, write and shutdown over spans, each with a status. No exception
/// on this path, no socket, no buffer: ciphertext goes over the <see cref="TlsWire"/> of the turn. This is all that
/// the engine knows of TLS.
/// </summary>
public sealed unsafe partial class TlsChannel : IDisposable
{
    private const int ErrorNone = 0;
    private const int ErrorWantRead = 2;
    private const int ErrorWantWrite = 3;
    private const int ErrorZeroReturn = 6;
    private const int ErrorWantClientHello = 11;

    private readonly TlsServer? _server;
    private readonly TlsWire _wire;
    private nint _ssl;
    private string _failure = "";
    private TlsFault _fault;

    /// <summary>Facing a client.</summary>
    public TlsChannel(TlsServer server, TlsWire wire)
    {
        ArgumentNullException.ThrowIfNull(server);
        _server = server;
        _wire = wire;
        if (server.HasOwnHandshake)
            _own = new ServerHandshake(server, this);
        else
            BeginAccept();
    }

    /// <summary>Facing a server, which must be this one: a host name, a domain or an IP address.</summary>
    public TlsChannel(TlsClient client, string name, TlsWire wire)
        : this(client, client.DemandFor(name), wire)
    {
    }

    /// <summary>Facing a server that has to show this.</summary>
    public TlsChannel(TlsClient client, ServerDemand demand, TlsWire wire)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(demand);
        _wire = wire;
        _demand = demand;
        Connect(client.Context);
        Verification.Demand(_ssl, demand);
        NativeLibSsl.SSL_set_connect_state(_ssl);
    }

    /// <summary>OpenSSL's side of a server, from the first byte.</summary>
    private void BeginAccept()
    {
        Connect(_server!.FirstContext);
        NativeLibSsl.SSL_set_accept_state(_ssl);
    }

    private void Connect(nint context)
    {
        _ssl = NativeLibSsl.SSL_new(context);
        if (_ssl == 0)
            throw new InvalidOperationException("SSL_new: " + OpenSslError.Take());
        nint bio = WireBio.New(_wire);
        NativeLibSsl.SSL_set_bio(_ssl, bio, bio);
    }

    /// <summary>Why the channel failed, in OpenSSL's words; or ours; not a peer's text.</summary>
    public string Failure => _records is { Failure.Length: > 0 } ? _records.Failure : _failure;

    /// <summary>The same for who has to decide by it; None while nothing failed.</summary>
    public TlsFault Fault => _records is { Failure.Length: > 0 } ? _records.Fault : _fault;

    public bool HandshakeDone { get; private set; }

    public TlsStatus Handshake()
    {
        if (_own is not null)
        {
            TlsStatus? own = AdvanceOwn();
            if (own is not null)
                return own.Value;
        }

        NativeLibCrypto.ERR_clear_error();
        int before = _wire.Outgoing.Length;
        s_inHandshake = this;
        int result = NativeLibSsl.SSL_do_handshake(_ssl);
        s_inHandshake = null;
        if (result != 1)
            return Status(result);

        HandshakeDone = true;
        TakeOver(_wire.Outgoing[before..]);
        return TlsStatus.Ok;
    }

    /// <summary>Decrypts at most one record into <paramref name="plain"/>.</summary>
    /// <param name="plain">Room for <see cref="MinRoom"/> bytes at least.</param>
    /// <param name="count">Plain bytes; 0 unless Ok.</param>
    public TlsStatus Read(Span<byte> plain, out int count)
    {
        if (_records is not null)
            return _records.Read(_wire, plain, out count);

        NativeLibCrypto.ERR_clear_error();
        fixed (byte* p = plain)
        {
            count = NativeLibSsl.SSL_read(_ssl, p, plain.Length);
            if (count > 0)
                return TlsStatus.Ok;
        }

        TlsStatus status = Status(count);
        count = 0;
        return status;
    }

    /// <summary>Encrypts all of <paramref name="plain"/>: with room on the wire for it, nothing is left over.</summary>
    public TlsStatus Write(ReadOnlySpan<byte> plain)
    {
        if (plain.IsEmpty)
            return TlsStatus.Ok;
        if (_records is not null)
            return _records.Write(_wire, plain);

        NativeLibCrypto.ERR_clear_error();
        fixed (byte* p = plain)
        {
            int result = NativeLibSsl.SSL_write(_ssl, p, plain.Length);
            return result > 0 ? TlsStatus.Ok : Status(result);
        }
    }

    /// <summary>Says close_notify; reading goes on (RFC 8446 §6.1).</summary>
    public void Shutdown()
    {
        if (_records is not null)
        {
            _records.Shutdown(_wire);
            return;
        }

        NativeLibCrypto.ERR_clear_error();
        _ = NativeLibSsl.SSL_shutdown(_ssl);
        NativeLibCrypto.ERR_clear_error();
    }

    public void Dispose()
    {
        FreeHandshake();
        _own?.Dispose();
        _records?.Dispose();
        _readKey?.Dispose();
        _writeKey?.Dispose();
        _records = null;
        _readKey = _writeKey = null;
    }

    private TlsStatus Status(int result)
    {
        switch (NativeLibSsl.SSL_get_error(_ssl, result))
        {
            case ErrorNone:
                return TlsStatus.Ok;
            case ErrorWantRead or ErrorWantClientHello:
                return TlsStatus.WantRead;
            case ErrorWantWrite:
                return TlsStatus.WantWrite;
            case ErrorZeroReturn:
                return TlsStatus.Closed;
            default:
                _failure = OpenSslError.Take(out ulong error);
                _fault = Named(TlsFaults.Of(error, Verified));
                return TlsStatus.Failed;
        }
    }
}
