namespace Postern.Protocols.Xmpp;

/// <summary>
/// Hears the header of a client that stands where the relay would begin, for our own header to a server that is still to start
/// TLS: whom it is for, and from whom. Nothing is consumed: the server gets it as it was written, inside TLS.
/// </summary>
/// <remarks>
/// Also after STARTTLS with the client: what it said in the clear was anybody's word (S4), what it says inside TLS is its own.
/// </remarks>
internal sealed class XmppFirstWords(XmppProtocol protocol, FrontSettings settings) : FrontNegotiator
{
    private readonly StreamOpening _opening = new(protocol, settings);

    public override string? Addressee => _opening.Addressee;

    public override string? Origin => _opening.Origin;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (input.IsEmpty)
            return Step.NeedInput;

        Step step = _opening.Hear(input, ref output);
        return _opening.IsDone ? Step.Relay(0) : step;
    }
}
