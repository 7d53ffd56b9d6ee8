namespace Postern.Protocols.Smtp.Outbound;

/// <summary>How TLS comes to a next hop.</summary>
public enum HopTls
{
    /// <summary>By STARTTLS, or there is no mail.</summary>
    Required,

    /// <summary>By STARTTLS where it is offered; no policy says that it has to be there (<c>opportunistic</c>).</summary>
    IfOffered,

    /// <summary>Not asked for, since it failed just before; no policy says that it has to be there.</summary>
    Unwanted,

    /// <summary>It stands already: the hop does not greet again (RFC 3207 §4.2), and nothing that it said before counts.</summary>
    Inside,
}

/// <summary>
/// Greets a next hop. Ends with <see cref="Verdict.StartTls"/>, behind which another begins with <see cref="HopTls.Inside"/>; with
/// <see cref="Verdict.Relay"/> when MAIL may be said, and <see cref="Extensions"/> tells what the hop offers; or with a refusal.
/// </summary>
/// <param name="hostName">Our own name, for EHLO: printable ASCII without spaces.</param>
/// <param name="tls">Whether TLS is asked for.</param>
public sealed class HopHello(string hostName, HopTls tls) : Negotiator
{
    private Stage _stage = Stage.Greeting;
    private string? _said;

    private enum Stage
    {
        Greeting,
        Ehlo,
        Helo,
        StartTls,
    }

    /// <summary>After <see cref="Verdict.Relay"/>; STARTTLS is not among them.</summary>
    public SmtpExtensions Extensions { get; private set; }

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (tls == HopTls.Inside && _stage == Stage.Greeting)
            Say(Stage.Ehlo, "EHLO "u8, ref output);

        SmtpReply reply = SmtpReply.Read(input);
        switch (reply.Status)
        {
            case SmtpReplyStatus.NeedInput:
                return Step.NeedInput;
            case SmtpReplyStatus.TooLong:
                return Step.Refuse(0, Refusal.TooLong);
            case SmtpReplyStatus.Garbage:
                return Step.Refuse(0, Refusal.BackendGarbage);
        }

        ReadOnlySpan<byte> words = input[..reply.Length];
        switch (_stage)
        {
            case Stage.Greeting when reply.Code == 220:
                Say(Stage.Ehlo, "EHLO "u8, ref output);
                return Step.Next(reply.Length);

            case Stage.Ehlo when reply.Code == 250:
                return Offered(SmtpExtensionReader.Read(words), reply.Length, ref output);

            // C2: RFC 5321 §3.2 has HELO for a server that does not know EHLO. Behind a HELO there is no STARTTLS, so where TLS has
            // to come whoever can make EHLO fail gets nothing by it.
            case Stage.Ehlo when reply.Code is 500 or 502 or 504 && tls == HopTls.Required:
                return Step.Refuse(reply.Length, Refusal.BackendNoStartTls);

            case Stage.Ehlo when reply.Code is 500 or 502 or 504:
                Say(Stage.Helo, "HELO "u8, ref output);
                return Step.Next(reply.Length);

            case Stage.Helo when reply.Code == 250:
                return Step.Relay(reply.Length);

            // RFC 3207 §4: 220 and no other.
            case Stage.StartTls when reply.Code == 220:
                return Step.StartTls(reply.Length);

            // §4.1: offered and not to be had now. Nobody demands it, so the mail goes without, as it would had it not been offered.
            case Stage.StartTls when reply.Code is >= 400 and not 421 && tls == HopTls.IfOffered:
                return Step.Relay(reply.Length);

            case Stage.StartTls:
                return Step.Refuse(reply.Length, Refusal.BackendNoStartTls);

            default:
                // C8: where an attacker must not have a say, words in the clear are not passed on.
                _said = tls == HopTls.Required ? $"{reply.Code}" : $"{reply.Code} {HopReply.Words(words, out _)}";
                return Step.Refuse(reply.Length, Refusal.BackendRefused);
        }
    }

    /// <summary>A refusal in the words that a client may hear, when no other host is left: all of them are for now.</summary>
    /// <param name="refusal">Of the verdict.</param>
    /// <param name="host">The hop's name.</param>
    public OutboundRefusal Explain(Refusal refusal, string host) => refusal switch
    {
        // RFC 5321 §3.1, RFC 7504 §4: 554 and 521 in the greeting are one host's word about itself, and not about the mail.
        Refusal.BackendRefused when _said is not null => new OutboundRefusal(451, "4.3.2", $"{host} takes no mail now, and says: {_said}"),
        Refusal.BackendNoStartTls => new OutboundRefusal(451, "4.7.4", $"{host} does not start TLS"),
        Refusal.Injection => new OutboundRefusal(451, "4.7.5", $"{host} said more in the clear than the answer that starts TLS"),
        _ => new OutboundRefusal(451, "4.5.0", $"{host} says something that is not SMTP"),
    };

    private Step Offered(SmtpExtensions extensions, int length, ref ByteWriter output)
    {
        bool startTls = extensions.HasFlag(SmtpExtensions.StartTls);
        Extensions = extensions & ~SmtpExtensions.StartTls;

        // RFC 8689 §4.2.1: REQUIRETLS counts inside TLS alone.
        if (tls != HopTls.Inside)
            Extensions &= ~SmtpExtensions.RequireTls;
        if (tls is HopTls.Inside or HopTls.Unwanted || (!startTls && tls == HopTls.IfOffered))
            return Step.Relay(length);
        if (!startTls)
            return Step.Refuse(length, Refusal.BackendNoStartTls);

        _stage = Stage.StartTls;
        output.Write("STARTTLS\r\n"u8);
        return Step.Next(length);
    }

    private void Say(Stage next, ReadOnlySpan<byte> verb, ref ByteWriter output)
    {
        _stage = next;
        output.Write(verb);
        output.WriteText(hostName);
        output.Write("\r\n"u8);
    }
}
