using System.Net;
using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Decision;
using Postern.Protocols.Smtp;

namespace Postern.Cli.Explain.Connect;

/// <summary>What one address of a host showed.</summary>
/// <param name="Host">The host's verdict.</param>
/// <param name="Address">Who was dialled.</param>
internal sealed record HopContact(HostVerdict Host, IPAddress Address)
{
    /// <summary>What a client would be told, were there no other host; null: mail would go there.</summary>
    public SmtpRefusal? Refusal { get; init; }

    /// <summary>In the terms of policies; null: it has nothing to do with TLS.</summary>
    public TlsFailure? Failure { get; init; }

    /// <summary>More about it, in OpenSSL's words or the kernel's; empty: there is nothing more.</summary>
    public string Detail { get; init; } = "";

    /// <summary>"TLSv1.3"; empty: there is no TLS.</summary>
    public string Version { get; init; } = "";

    /// <summary>OpenSSL's name of the suite; empty: there is no TLS.</summary>
    public string Cipher { get; init; } = "";

    /// <summary>Whom the certificate is for, where that was demanded and shown.</summary>
    public string? Authenticated { get; init; }

    /// <summary>What it showed, also when it was refused; null: it did not come to that.</summary>
    public ShownCertificate? Certificate { get; init; }

    /// <summary>The TLSA record, or the pin, that it matched.</summary>
    public DaneMatch? Match { get; init; }

    /// <summary>In what it falls short of what is watched only; null: in nothing.</summary>
    public TlsFailure? WatchFailure { get; init; }

    /// <summary>What it offers, where mail would be said.</summary>
    public SmtpExtensions Extensions { get; init; }
}
