using System.Net;
using System.Net.Sockets;
using Postern.Configuration;
using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Certificates;

namespace Postern.Cli.Live;

/// <summary>Why TLS with a backend failed.</summary>
/// <param name="Reason">In OpenSSL's words or ours; not the peer's text.</param>
/// <param name="Shown">What it showed as its certificate; null when it did not come to that.</param>
internal sealed record TlsFailure(TlsFault Fault, string Reason, ShownCertificate? Shown);

/// <summary>A connection to a backend: in the clear, and inside TLS once <see cref="Secure(ExpectedPeer, CancellationToken)"/> has verified whom it leads to.</summary>
internal sealed class BackendConnection : IDisposable
{
    /// <summary>For the connection, and for each reply, of a backend: it is near.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;
    private readonly byte[] _plain = new byte[TlsChannel.MinRoom];
    private TlsWire? _wire;
    private TlsChannel? _channel;

    private BackendConnection(Socket socket, TimeSpan waits) => (_socket, Waits) = (socket, waits);

    /// <summary>How long each reply is waited for.</summary>
    public TimeSpan Waits { get; }

    /// <summary>Our end of it; null for a unix socket.</summary>
    public IPEndPoint? Own => _socket.LocalEndPoint as IPEndPoint;

    /// <summary>The kernel holds something that was not received.</summary>
    public bool HasUnread => _socket.Available > 0;

    /// <summary>Null in the clear.</summary>
    public TlsChannel? Channel => _channel;

    /// <summary>Why TLS broke behind its handshake, as when the backend refuses our certificate; null while it has not.</summary>
    public TlsFailure? Broken { get; private set; }

    /// <exception cref="SocketException">No connection, or none in time (<see cref="SocketError.TimedOut"/>).</exception>
    public static async Task<BackendConnection> Open(ResolvedAddress address) => new(await Connect(address), Patience);

    /// <inheritdoc cref="Open(ResolvedAddress)"/>
    /// <param name="address">Where to.</param>
    /// <param name="waits">For the connection, and for each reply.</param>
    public static async Task<BackendConnection> Open(ResolvedAddress address, TimeSpan waits) => new(await Connect(address, waits), waits);

    /// <exception cref="SocketException">As for <see cref="Open(ResolvedAddress)"/>.</exception>
    public static Task<Socket> Connect(ResolvedAddress address) => Connect(address, Patience);

    private static async Task<Socket> Connect(ResolvedAddress address, TimeSpan waits)
    {
        EndPoint endPoint = address.Path is { } path ? new UnixDomainSocketEndPoint(path) : new IPEndPoint(IPAddress.Parse(address.Ip!), address.Port);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        using var patience = new CancellationTokenSource(waits);
        try
        {
            await socket.ConnectAsync(endPoint, patience.Token);
            return socket;
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <exception cref="SocketException">The backend is gone.</exception>
    public async Task Send(ReadOnlyMemory<byte> bytes)
    {
        if (_channel is null)
        {
            await _socket.SendAsync(bytes);
            return;
        }

        // The wire has room for far more than is ever said here.
        if (_channel.Write(bytes.Span) == TlsStatus.Failed)
            Break();
        await Flush();
    }

    /// <summary>What came, good until the next call; empty at the end, honest or not, and when TLS is <see cref="Broken"/>.</summary>
    /// <exception cref="SocketException">The backend is gone.</exception>
    /// <exception cref="OperationCanceledException">Nothing came in time.</exception>
    public async Task<ReadOnlyMemory<byte>> Receive(CancellationToken patience)
    {
        if (_channel is null)
            return _plain.AsMemory(0, await _socket.ReceiveAsync(_plain, patience));

        while (Broken is null)
        {
            TlsStatus status = _channel.Read(_plain, out int count);
            if (status == TlsStatus.Failed)
                Break();
            await Flush();
            if (status == TlsStatus.Ok)
                return _plain.AsMemory(0, count);
            if (status == TlsStatus.Closed || (status == TlsStatus.WantRead && !await Fill(patience)))
                break;
        }

        return default;
    }

    /// <summary>The handshake, in which the backend is verified as the gate does it.</summary>
    /// <returns>Null when it is done: all that follows is inside TLS.</returns>
    /// <exception cref="SocketException">The backend is gone.</exception>
    /// <exception cref="OperationCanceledException">It said nothing in time.</exception>
    public Task<TlsFailure?> Secure(ExpectedPeer peer, CancellationToken patience) =>
        Secure(peer.Connect, channel => channel.Authenticate() is not null, patience);

    /// <inheritdoc cref="Secure(ExpectedPeer, CancellationToken)"/>
    /// <param name="begin">What the peer has to show.</param>
    /// <param name="accepts">Whether it did, when the handshake is done.</param>
    /// <param name="patience">For all of it.</param>
    public async Task<TlsFailure?> Secure(Func<TlsWire, TlsChannel> begin, Func<TlsChannel, bool> accepts, CancellationToken patience)
    {
        _wire = new TlsWire();
        _channel = begin(_wire);
        while (true)
        {
            TlsStatus status = _channel.Handshake();
            await Flush();
            if (status == TlsStatus.Ok)
                return accepts(_channel) ? null : new TlsFailure(TlsFault.Untrusted, "it showed no certificate", null);
            if (status == TlsStatus.Failed)
                return Failure();
            if (!await Fill(patience))
                throw new SocketException((int)SocketError.ConnectionReset);
        }
    }

    /// <summary>
    /// Says the end of TLS and waits for the backend's. In TLS 1.3 a server refuses a certificate of ours, or that there is none,
    /// when our side of the handshake is long done (RFC 8446 §4.4.2.4): that alert is <see cref="Broken"/> then.
    /// </summary>
    public async Task TakeLeave()
    {
        if (_channel is null || Broken is not null)
            return;

        using var patience = new CancellationTokenSource(Patience);
        try
        {
            _channel.Shutdown();
            await Flush();
        }
        catch (SocketException)
        {
            // It has closed; what it said before that can still be read.
        }

        try
        {
            while (!(await Receive(patience.Token)).IsEmpty)
            {
                // The rest of its answers.
            }
        }
        catch (Exception end) when (end is SocketException or OperationCanceledException)
        {
            // No alert came: that is all that was to be known.
        }
    }

    public void Dispose()
    {
        _channel?.Dispose();
        _wire?.Dispose();
        _socket.Dispose();
    }

    private void Break() => Broken ??= Failure();

    private TlsFailure Failure() =>
        new(_channel!.Fault, _channel.VerifyFailure is { Length: > 0 } untrusted ? untrusted : _channel.Failure, _channel.Shown());

    private async Task Flush()
    {
        byte[] outgoing = _wire!.Outgoing.ToArray();
        _wire.ClearOutgoing();
        if (outgoing.Length > 0)
            await _socket.SendAsync(outgoing);
    }

    /// <summary>False at the end.</summary>
    private async Task<bool> Fill(CancellationToken patience)
    {
        byte[] received = new byte[16 * 1024];
        int count = await _socket.ReceiveAsync(received, patience);

        // TLS may have left the beginning of a record, which is less than half of the space.
        byte[] left = _wire!.Unread.ToArray();
        _wire.ClearIncoming();
        left.CopyTo(_wire.Space);
        _wire.Received(left.Length);
        received.AsSpan(0, count).CopyTo(_wire.Space);
        _wire.Received(count);
        return count > 0;
    }
}
