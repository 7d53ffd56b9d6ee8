using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.MtaSts;

namespace Postern.Resolver;

/// <summary>TLS with one host: the handshake, a request, a response.</summary>
internal sealed class HttpsConversation : IDisposable
{
    private readonly TlsWire _wire = new();
    private readonly TlsChannel _channel;
    private readonly DeadlineSocket _socket;

    public HttpsConversation(TlsClient client, ServerDemand demand, DeadlineSocket socket)
    {
        _socket = socket;
        _channel = new TlsChannel(client, demand, _wire);
    }

    /// <summary>Null when the host has shown what is demanded.</summary>
    public StsFetchEnd? Handshake()
    {
        while (true)
        {
            TlsStatus status = _channel.Handshake();
            bool sent = Flush();
            switch (status)
            {
                case TlsStatus.Ok:
                    return !sent ? StsFetchEnd.Unreachable : _channel.Accept() is null ? StsFetchEnd.Untrusted : null;
                case TlsStatus.Failed:
                    return _channel.VerifyFailure.Length > 0 ? StsFetchEnd.Untrusted : StsFetchEnd.Unreachable;
            }

            if (!sent || Fill() <= 0)
                return StsFetchEnd.Unreachable;
        }
    }

    /// <summary>NeedsMore when time ran out first.</summary>
    public HttpProgress Ask(ReadOnlySpan<byte> request, HttpResponse response)
    {
        if (_channel.Write(request) != TlsStatus.Ok || !Flush())
            return HttpProgress.Broken;

        byte[] plain = new byte[TlsChannel.MinRoom];
        while (true)
        {
            TlsStatus status = _channel.Read(plain, out int count);
            switch (status)
            {
                case TlsStatus.Ok:
                    HttpProgress progress = response.Feed(plain.AsSpan(0, count));
                    if (progress != HttpProgress.NeedsMore)
                        return progress;
                    continue;
                case TlsStatus.Closed:
                    return response.End(honest: true);
                case TlsStatus.Failed:
                    return response.End(honest: false);
            }

            // A key update is to be answered.
            if (!Flush())
                return response.End(honest: false);
            int received = Fill();
            if (received <= 0)
                return received == 0 ? response.End(honest: false) : HttpProgress.NeedsMore;
        }
    }

    public void Dispose()
    {
        _channel.Dispose();
        _wire.Dispose();
    }

    private bool Flush()
    {
        int sent = _socket.Send(_wire.Outgoing);
        _wire.ClearOutgoing();
        return sent >= 0;
    }

    /// <summary>Kernel style.</summary>
    private int Fill()
    {
        // TLS may have left the beginning of a record, which is less than half of the space.
        byte[] left = _wire.Unread.ToArray();
        _wire.ClearIncoming();
        left.CopyTo(_wire.Space);
        _wire.Received(left.Length);
        int received = _socket.Receive(_wire.Space);
        if (received > 0)
            _wire.Received(received);
        return received;
    }
}
