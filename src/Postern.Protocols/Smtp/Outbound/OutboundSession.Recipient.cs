using System.Text;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Smtp.Outbound;

/// <summary>RCPT: which domain a transaction is for, and whether there is a hop for it.</summary>
public sealed partial class OutboundSession
{
    private OutboundStep Recipient(CommandLine command, int length, ref ByteWriter toClient, ref ByteWriter toHop)
    {
        MailPath path = MailPath.Read(command.Argument, "TO:"u8);
        ReadOnlySpan<byte> wrong = Judge(path);
        if (!wrong.IsEmpty)
            return Own(length, wrong, ref toClient);
        if (DomainOf(path) is not { } domain)
            return Own(length, "550 5.1.2 The domain is no name that a host can have\r\n"u8, ref toClient);
        return _stage == Stage.Bound
            ? Another(path, domain, length, ref toClient, ref toHop)
            : First(path, domain, length, ref toClient, ref toHop);
    }

    /// <summary>Addresses that no hop is asked about; empty for the others. A refused recipient is no error of the client's.</summary>
    private ReadOnlySpan<byte> Judge(MailPath path) => path switch
    {
        { Kind: MailPathKind.Broken or MailPathKind.Null } => "501 5.1.3 The form is RCPT TO:<user@domain>\r\n"u8,

        // RFC 3461 §4: those of DSN are the only ones that clients know, and it is not offered.
        { Parameters.IsEmpty: false } => "555 5.5.4 RCPT takes no parameters\r\n"u8,

        // RFC 5321 §4.1.1.3 has <postmaster> for a server's own. This one has no mailbox.
        { Kind: MailPathKind.NoDomain } => "550 5.1.3 The address names no domain, and there are no mailboxes here\r\n"u8,

        // §4.1.3: it has no MX, no DANE and no MTA-STS, and no name that a certificate could have.
        { Kind: MailPathKind.Literal } => "550 5.1.2 Mail to an address literal is not relayed: nothing says who is there\r\n"u8,
        _ when !_envelope.IsUtf8 && !Ascii.IsValid(path.Address) => "553 5.6.7 An address that is not ASCII needs SMTPUTF8\r\n"u8,
        _ => default,
    };

    /// <summary>No hop has heard of the transaction.</summary>
    private OutboundStep First(MailPath path, string domain, int length, ref ByteWriter toClient, ref ByteWriter toHop)
    {
        if (_failure is not null && domain == _failedDomain)
            return Refuse(length, ref toClient);

        // What demands REQUIRETLS is no report to be delivered at any price, whoever sends it.
        bool isReport = settings.IsReport(_envelope.Sender) && !_envelope.RequiresTls;
        if (_hop is null || domain != _domain || (_hopIsForReports && !isReport) || (_envelope.RequiresTls && !_hop.MayRequireTls))
        {
            OutboundAction action = LeaveHop(ref toHop);
            _domain = domain;
            _stage = Stage.Route;
            _failure = null;
            Route = new RouteRequest(domain, _envelope.RequiresTls) { IsReport = isReport };
            return new OutboundStep(0, action | OutboundAction.FindRoute);
        }

        if (_envelope.Unfit(_hop) is { } unfit)
        {
            Fail(unfit);
            return Refuse(length, ref toClient);
        }

        // From here on the transaction is this domain's. A transaction before it that came to no end is ended first.
        if (_hopHasMail)
        {
            toHop.Write("RSET\r\n"u8);
            _resetInFlight = true;
        }

        _envelope.Write(_hop, ref toHop);
        _hopHasMail = _mailInFlight = true;
        _failure = null;
        _stage = Stage.Bound;
        return Another(path, domain, length, ref toClient, ref toHop);
    }

    private OutboundStep Another(MailPath path, string domain, int length, ref ByteWriter toClient, ref ByteWriter toHop)
    {
        // RFC 5321 §4.5.3.1.10: a client that hears 452 sends the other recipients the message again, by itself.
        if (domain != _domain)
            return Own(length, "452 4.5.3 One domain a transaction: this recipient in another one, please\r\n"u8, ref toClient);
        if (_failure is not null)
            return Refuse(length, ref toClient);

        bool mayGo = _hop!.Offers(SmtpExtensions.Pipelining) ? _recipientsInFlight < MaxInFlight : IsQuiet;
        if (!mayGo)
            return OutboundStep.Wait;

        toHop.Write("RCPT TO:<"u8);
        toHop.Write(path.Address);
        toHop.Write(">\r\n"u8);
        _recipientsInFlight++;
        return new OutboundStep(length);
    }

    private OutboundStep Own(int length, ReadOnlySpan<byte> answer, ref ByteWriter toClient) =>
        IsQuiet ? Say(length, answer, ref toClient) : OutboundStep.Wait;

    private OutboundStep Refuse(int length, ref ByteWriter toClient)
    {
        if (!IsQuiet)
            return OutboundStep.Wait;
        _failure!.Write(ref toClient);
        return new OutboundStep(length);
    }

    /// <summary>The domain; one that is written as it was before makes no new text.</summary>
    private string? DomainOf(MailPath path) => Ascii.EqualsIgnoreCase(path.Domain, _domain) ? _domain : RecipientDomain.Read(path.Domain);
}
