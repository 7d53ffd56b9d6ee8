using System.Buffers.Binary;
using System.Globalization;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Xmpp;

/// <summary>
/// The beginning of a client's stream: hears its header, judges it (RFC 6120 §4.7, §4.8), and says what is wrong with it. A
/// refusal stands in a stream of its own, since there is none yet that it could stand in (§4.9.1.2).
/// </summary>
internal sealed class StreamOpening(XmppProtocol protocol, FrontSettings settings)
{
    /// <summary>More than any address that is worth an answer; it is said back.</summary>
    private const int MaxAddress = 512;

    /// <summary>Goes on behind the header.</summary>
    public XmlStreamReader Reader { get; } = new();

    /// <summary>Whom the client asked for.</summary>
    public string? Addressee { get; private set; }

    /// <summary>Which server the client says it is; null for all other clients.</summary>
    public string? Origin { get; private set; }

    /// <summary>The header was heard, and nothing is wrong with it.</summary>
    public bool IsDone { get; private set; }

    /// <summary>To whom answers go: the client's <c>from</c>, without a resource (RFC 6120 §4.7.2).</summary>
    private string? Sender { get; set; }

    /// <returns>
    /// <see cref="Verdict.NeedInput"/>, with the header's length when <see cref="IsDone"/>; or <see cref="Verdict.Refuse"/>.
    /// </returns>
    public Step Hear(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        // S7: a browser's first words are no XML anyway, but they have a name of their own.
        switch (HttpRequest.Check(input))
        {
            case HttpMatch.Yes:
                return Step.Refuse(0, Refusal.HttpRequest);
            case HttpMatch.NotYetKnown:
                return Step.NeedInput;
        }

        StreamUnit unit = Reader.Read(input);
        switch (unit.Kind)
        {
            case StreamUnitKind.NeedInput:
                return Step.NeedInput;

            case StreamUnitKind.Fault:
                WriteHeader(ref output);
                StreamWords.WriteError(XmppNames.ConditionOf(unit.Fault), default, ref output);
                return Step.Refuse(0, unit.Fault == XmlFault.TooMuch ? Refusal.TooLong : Refusal.ClientGarbage);
        }

        Refusal refusal = Judge(unit.Element!, out string condition);
        if (refusal == Refusal.None)
        {
            IsDone = true;
            return Step.Next(unit.Length);
        }

        WriteHeader(ref output);
        StreamWords.WriteError(condition, default, ref output);
        return Step.Refuse(unit.Length, refusal);
    }

    /// <summary>Our own header: from whom the client asked for, to who it said it is.</summary>
    public void WriteHeader(ref ByteWriter output)
    {
        // RFC 6120 §4.7.3: nobody can guess it.
        Span<byte> id = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(id, settings.Nonce?.Invoke() ?? 0);
        StreamWords.WriteHeader(protocol.Content, Addressee ?? settings.HostName, Sender, Convert.ToHexStringLower(id), ref output);
    }

    private Refusal Judge(XmlElement header, out string condition)
    {
        // §4.8.1, §4.8.2: one namespace for the stream, and one of ours, or none yet, for what it carries.
        condition = XmppNames.InvalidNamespace;
        string content = header.Namespaces.Find("")!;
        if (!header.Is(XmppNames.Streams, "stream") || (content != protocol.Content && content != XmppNames.Streams && content.Length > 0))
            return Refusal.ClientGarbage;

        // §4.7.5: without a version it is 0.9, which knows neither features nor STARTTLS.
        condition = XmppNames.UnsupportedVersion;
        if (!IsVersionOne(header["version"]))
            return Refusal.ClientGarbage;

        condition = XmppNames.ImproperAddressing;
        if (!ReadSender(header["from"]) || header["to"] is not { } to || DomainName.Read(to) is not { } domain)
            return Refusal.ClientGarbage;

        condition = XmppNames.HostUnknown;
        if (!IsServed(domain))
            return Refusal.UnknownDomain;

        Addressee = domain;
        return Refusal.None;
    }

    /// <summary>§4.7.5: both numbers are taken as such, and a higher one is answered with ours.</summary>
    public static bool IsVersionOne(string? version)
    {
        string[] numbers = version?.Split('.') ?? [];
        return numbers.Length == 2 && numbers[0].Length <= 4 && numbers[1].Length <= 4
            && ushort.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort major) && major >= 1
            && ushort.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }

    /// <summary>False for a sender that cannot be one. A user's client need not say who it is, and better does not, before TLS.</summary>
    private bool ReadSender(string? from)
    {
        if (from is null)
            return true;
        if (protocol.IsServer)
            Sender = Origin = DomainName.Read(from);
        else if (from.Length <= MaxAddress)
            Sender = from.Split('/', 2)[0];
        return Sender is { Length: > 0 };
    }

    private bool IsServed(string domain)
    {
        if (settings.Domains.IsDefaultOrEmpty)
            return true;

        foreach (string name in settings.Domains)
        {
            if (DomainName.Matches(domain, name))
                return true;
        }

        return false;
    }
}
