using Postern.Interop.LibC;
using Postern.Protocols;
using Postern.Protocols.ProxyProtocol;

namespace Postern.Engine.Connections;

/// <summary>PROXY in: who the client is, from a balancer that the operator trusts.</summary>
internal sealed partial class Connection
{
    private void EnterProxyHeader()
    {
        _phase = Phase.ProxyHeader;
        _stage = Stage.Proxy;
        _front.Readable = true;
        Reactor.SetDeadline(this, _gate.NegotiationTimeout);
    }

    private bool ReadProxyHeader()
    {
        ReceiveClear();
        ProxyHeaderResult result = ProxyHeaderReader.Read(_front.In.Bytes);
        switch (result.Status)
        {
            case ProxyHeaderStatus.NeedInput:
                if (_front.Ended)
                    End(Outcome.ClientLeft);
                return false;

            case ProxyHeaderStatus.Invalid:
                End(Outcome.ProxyInvalid, result.Reason ?? "");
                return false;
        }

        // LOCAL and UNKNOWN: the balancer's own connection (a health check); its own address holds.
        if (result.HasAddresses)
        {
            _client = ToEndpoint(result.Source);
            _local = ToEndpoint(result.Destination);
            _proxied = true;
        }

        _front.In.Consume(Buffers, result.Consumed);
        if (!Admit())
            return true;
        EnterFront();
        return true;
    }

    /// <summary>
    /// The first bytes of a client that may not send a PROXY header, and does: refused by name, since an operator who
    /// put a balancer in front and forgot to say so would else search for long.
    /// </summary>
    private bool RefusedAsForeignHeader(ReadOnlySpan<byte> first)
    {
        if (_stage == Stage.Proxy || _proxied || !ProxyHeaderReader.LooksLikeHeader(first))
            return false;

        End(Outcome.ProxyForeign, "a PROXY header from a network that is not in accept-proxy-from");
        return true;
    }

    /// <summary>Receives bytes that are not TLS into the waiting input, until there are no more or enough for any dialogue.</summary>
    private void ReceiveClear()
    {
        while (_front.In.Length <= Dialogue.MaxBytes && !_front.Ended)
        {
            int count = _front.Receive(_thread.Plain.AsSpan(0, Dialogue.MaxBytes));
            if (count == -Errno.Again)
                return;

            if (count > 0)
                _front.In.Append(Buffers, _thread.Plain.AsSpan(0, count));
            else
                _front.Ended = true;
        }
    }
}
