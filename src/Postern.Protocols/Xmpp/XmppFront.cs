namespace Postern.Protocols.Xmpp;

/// <summary>
/// The server's side of a stream before TLS (RFC 6120 §5): the header, features with STARTTLS and nothing else, proceed. No id,
/// no address and no word of this stream counts in the one that begins inside TLS.
/// </summary>
internal sealed class XmppFront(XmppProtocol protocol, FrontSettings settings) : FrontNegotiator
{
    /// <summary>RFC 8446 §5.1: a record of type handshake.</summary>
    private const byte TlsRecord = 0x16;

    private readonly StreamOpening _opening = new(protocol, settings);

    public override string? Addressee => _opening.Addressee;

    public override string? Origin => _opening.Origin;

    public override RefusalPlace Place => _opening.IsDone ? RefusalPlace.Answer : RefusalPlace.Greeting;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (input.IsEmpty)
            return Step.NeedInput;
        if (_opening.IsDone)
            return Hear(_opening.Reader.Read(input), ref output);

        // XEP-0368: no stream begins so, and nothing of this one was consumed.
        if (input[0] == TlsRecord)
            return Step.DirectTls;

        Step step = _opening.Hear(input, ref output);
        if (_opening.IsDone)
        {
            _opening.WriteHeader(ref output);

            // RFC 6120 §5.3.1: where TLS is mandatory, nothing else is offered.
            output.Write("<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"u8);
        }

        return step;
    }

    private static Step Hear(in StreamUnit unit, ref ByteWriter output)
    {
        switch (unit.Kind)
        {
            case StreamUnitKind.NeedInput:
                return Step.NeedInput;

            case StreamUnitKind.Fault:
                StreamWords.WriteError(XmppNames.ConditionOf(unit.Fault), default, ref output);
                return Step.Refuse(0, unit.Fault == XmlFault.TooMuch ? Refusal.TooLong : Refusal.ClientGarbage);

            case StreamUnitKind.End:
                output.Write("</stream:stream>"u8);
                return Step.Finished(unit.Length);
        }

        XmlElement element = unit.Element!;
        if (element.Is(XmppNames.Tls, "starttls"))
        {
            // It is empty (RFC 6120 §5.4.2.1). What is in it was meant for another parser than ours (S2).
            if (!element.IsEmpty)
            {
                StreamWords.WriteError("bad-format", default, ref output);
                return Step.Refuse(unit.Length, Refusal.ClientGarbage);
            }

            output.Write("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"u8);
            return Step.StartTls(unit.Length);
        }

        // S5: RFC 6120 §6.5.4, so that no client takes it for a wrong password. The secret is neither kept nor logged.
        if (element.Namespace == XmppNames.Sasl)
            output.Write("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><encryption-required/></failure>"u8);

        // S4: RFC 6120 §4.9.3.12, stanzas "or other outbound data before the stream has been authenticated".
        StreamWords.WriteError(XmppNames.NotAuthorized, "Say starttls first"u8, ref output);
        return Step.Refuse(unit.Length, Refusal.TlsRequired);
    }
}
