namespace Postern.Protocols.Smtp.Outbound;

/// <summary>What is to be found for a recipient: a host of the domain that may have the mail, connected and greeted.</summary>
/// <param name="Domain">In lower case and in ASCII (A-labels), without a dot at its end.</param>
/// <param name="RequireTls">The sender demands REQUIRETLS: each host is to be decided on under that demand (RFC 8689 §4.2.1).</param>
public sealed record RouteRequest(string Domain, bool RequireTls)
{
    /// <summary>It is for one of our own reports: TLS if it is offered is enough, and the session is not counted (RFC 8460 §3).</summary>
    public bool IsReport { get; init; }
}

/// <summary>
/// A connection to a host of the recipient's domain, on which the next word may be MAIL: what its policy demands has been shown,
/// and it has answered EHLO.
/// </summary>
/// <param name="Host">Its name, for people.</param>
/// <param name="Extensions">Of its last answer to EHLO (<see cref="HopHello.Extensions"/>); those of an earlier one are void.</param>
public sealed record NextHop(string Host, SmtpExtensions Extensions)
{
    public bool InsideTls { get; init; }

    /// <summary>
    /// It may have mail with REQUIRETLS: the domain's MX is authenticated and so is the certificate (RFC 8689 §4.2.1). Whether
    /// it offers REQUIRETLS is seen in <see cref="Extensions"/>.
    /// </summary>
    public bool MayRequireTls { get; init; }

    public bool Offers(SmtpExtensions extension) => (Extensions & extension) != 0;
}

/// <summary>How a connection to a next hop came to its end.</summary>
public enum HopEnd
{
    /// <summary>It closed, in order or not.</summary>
    Closed,

    /// <summary>It did not answer in the time that RFC 5321 §4.5.3.2 gives, or the driver wants it no longer.</summary>
    TimedOut,
}

/// <summary>What a session waits for, of its hop.</summary>
public enum HopWait
{
    /// <summary>There is none.</summary>
    NoHop,

    /// <summary>Between transactions: it is kept for the next one to the same domain.</summary>
    Nothing,

    /// <summary>In a transaction the client has the word.</summary>
    Client,

    /// <summary>An answer (RFC 5321 §4.5.3.2.2 to §4.5.3.2.4: two to five minutes).</summary>
    Reply,

    /// <summary>The message goes through: that there is room for more of it (§4.5.3.2.5, three minutes).</summary>
    Room,

    /// <summary>The word whether it has the message (§4.5.3.2.6, ten minutes).</summary>
    Delivery,
}
