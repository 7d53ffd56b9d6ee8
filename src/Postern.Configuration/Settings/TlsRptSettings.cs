namespace Postern.Configuration.Settings;

/// <summary><c>[tlsrpt]</c>: reports on TLS to those who want them (RFC 8460).</summary>
public sealed record TlsRptSettings
{
    /// <summary>The local MTA, as a rule.</summary>
    public static EndpointAddress DefaultRelay { get; } = new() { Host = "127.0.0.1", Port = 25 };

    /// <summary>Whose reports they are.</summary>
    public required string Organization { get; init; }

    /// <summary>A mailbox: whom others may ask. Its domain is the submitter.</summary>
    public required string Contact { get; init; }

    /// <summary>A mailbox: the envelope's sender of reports that go by mail, and of nothing else.</summary>
    public required string From { get; init; }

    /// <summary>An IP address and a port: who takes the reports that go by mail.</summary>
    public required EndpointAddress Relay { get; init; }
}
