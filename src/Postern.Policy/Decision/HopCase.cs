using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Dns;

namespace Postern.Policy.Decision;

/// <summary>What whoever connects to a host has to know of its verdict, and no more: it crosses a process boundary.</summary>
public sealed record HopCase
{
    /// <summary>RFC 5321 §5.1 asks for every address to be tried; nobody has more of use than these.</summary>
    public const int MaxAddresses = 16;

    public required DnsName Domain { get; init; }

    public required DnsName Host { get; init; }

    /// <summary>Whom to dial, in this order.</summary>
    public required ImmutableArray<IPAddress> Addresses { get; init; }

    public required PolicySource Source { get; init; }

    /// <summary>As in <see cref="HostVerdict.Demand"/>.</summary>
    public required TlsDemand Demand { get; init; }

    /// <summary>As in <see cref="HostVerdict.Watch"/>.</summary>
    public TlsDemand? Watch { get; init; }

    /// <summary>As in <see cref="HostVerdict.MxAuthenticated"/>.</summary>
    public required bool MxAuthenticated { get; init; }

    /// <summary>As in <see cref="HostVerdict.SenderRequiresTls"/>.</summary>
    public bool SenderRequiresTls { get; init; }

    /// <summary>Not null: this host is not tried, and if no other is left, that is why.</summary>
    public SmtpRefusal? Refusal { get; init; }

    /// <summary>What the client is told when the connection falls short and no other host is left. Its queue keeps the mail.</summary>
    public SmtpRefusal RefusalFor(TlsFailure failure)
    {
        // RFC 8689 §4.2.1: then the message MUST go back, with 5.7.10 when there is no session with TLS.
        if (SenderRequiresTls)
            return SmtpRefusal.EncryptionNeeded($"{Host} for {Domain}: {TlsFailureWords.Of(failure)}, and the message demands REQUIRETLS");
        string text = $"{Host} for {Domain}: {TlsFailureWords.Of(failure)}; {WhoseDemand()} demands {Demand}";
        return failure == TlsFailure.NoStartTls ? SmtpRefusal.NoStartTls(text) : SmtpRefusal.NotAuthenticated(text);
    }

    private string WhoseDemand() => Source switch
    {
        PolicySource.Operator => "the operator",
        PolicySource.Dane => "DANE",
        PolicySource.MtaSts => "MTA-STS",
        _ => "the default",
    };
}
