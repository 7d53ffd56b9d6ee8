namespace Postern.Protocols.Xmpp;

/// <summary>
/// Our side of a stream before TLS with a server (RFC 6120 §5): header, header, features, starttls, proceed. What the server
/// offers besides is void (C10), and there is no word but starttls that is ever said in the clear (C1).
/// </summary>
internal sealed class XmppBack(XmppProtocol protocol, BackSettings settings) : BackNegotiator
{
    private readonly XmlStreamReader _reader = new();
    private bool _spoke;
    private bool _asked;
    private string? _condition;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (!_spoke)
        {
            _spoke = true;

            // §4.7.1: a user says who he is inside TLS, not before.
            string? from = protocol.IsServer ? settings.Origin : null;
            StreamWords.WriteHeader(protocol.Content, from, settings.Domain, id: null, ref output);
        }

        if (input.IsEmpty)
            return Step.NeedInput;

        StreamUnit unit = _reader.Read(input);
        return unit.Kind switch
        {
            StreamUnitKind.NeedInput => Step.NeedInput,
            StreamUnitKind.Fault => Step.Refuse(0, unit.Fault == XmlFault.TooMuch ? Refusal.TooLong : Refusal.BackendGarbage),
            StreamUnitKind.Header => JudgeHeader(unit.Element!, unit.Length),
            StreamUnitKind.End => Step.Refuse(unit.Length, _asked ? Refusal.BackendNoStartTls : Refusal.BackendRefused),
            _ => Judge(unit.Element!, unit.Length, ref output),
        };
    }

    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        // Of the server's words none but a condition that we know (C8).
        if (_condition is null)
            return false;

        StreamWords.WriteHeader(protocol.Content, settings.HostName, to: null, XmppProtocol.NoId, ref output);
        StreamWords.WriteError(_condition, default, ref output);
        return !output.Overflowed;
    }

    private Step JudgeHeader(XmlElement header, int length)
    {
        if (!header.Is(XmppNames.Streams, "stream"))
            return Step.Refuse(length, Refusal.BackendGarbage);

        // §4.7.5: a server without a version has no features, and so no STARTTLS. It may still say an error, which is not waited for.
        return StreamOpening.IsVersionOne(header["version"]) ? Step.Next(length) : Step.Refuse(length, Refusal.BackendNoStartTls);
    }

    private Step Judge(XmlElement element, int length, ref ByteWriter output)
    {
        if (element.Is(XmppNames.Streams, "error"))
        {
            _condition = XmppNames.ConditionOf(element);
            return Step.Refuse(length, _asked ? Refusal.BackendNoStartTls : Refusal.BackendRefused);
        }

        if (_asked)
        {
            if (element.Is(XmppNames.Tls, "proceed") && element.IsEmpty)
                return Step.StartTls(length);
            return Step.Refuse(length, element.Is(XmppNames.Tls, "failure") ? Refusal.BackendNoStartTls : Refusal.BackendGarbage);
        }

        if (!element.Is(XmppNames.Streams, "features"))
            return Step.Refuse(length, Refusal.BackendGarbage);

        // C1: a child of the features, by its namespace. Prefixes and depth are where a word can be hidden or feigned.
        foreach (XmlElement feature in element.Children)
        {
            if (!feature.Is(XmppNames.Tls, "starttls"))
                continue;

            _asked = true;
            output.Write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"u8);
            return Step.Next(length);
        }

        return Step.Refuse(length, Refusal.BackendNoStartTls);
    }
}
