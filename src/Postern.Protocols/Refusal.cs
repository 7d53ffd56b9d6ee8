namespace Postern.Protocols;

/// <summary>
/// Why a dialogue was ended by us. Names are stable: they are counted in <c>postern status</c> and written to the
/// log in lower case with hyphens (<c>bare-line-feed</c>).
/// </summary>
public enum Refusal
{
    None,

    /// <summary>Bytes stood behind the command or the reply that starts TLS (S1; CVE-2011-0411).</summary>
    Injection,

    /// <summary>A line that ends in LF alone (S2, S10): no command is guessed from it.</summary>
    BareLineFeed,

    /// <summary>A CR that is not followed by LF (S2).</summary>
    BareCarriageReturn,

    /// <summary>A line, literal or reply over its limit (S11, C14).</summary>
    TooLong,

    /// <summary>More bytes or units in the clear than a dialogue needs (S11, C14).</summary>
    TooMuch,

    /// <summary>More wrong commands than <c>MaxErrors</c>.</summary>
    TooManyErrors,

    /// <summary>An HTTP request in a mail protocol (S7; ALPACA).</summary>
    HttpRequest,

    /// <summary>The backend's greeting or reply says no; what it said is the client's answer.</summary>
    BackendRefused,

    /// <summary>The backend says that the client is logged in already (C3).</summary>
    BackendPreauth,

    /// <summary>What the backend said is not its protocol.</summary>
    BackendGarbage,

    /// <summary>The server does not offer STARTTLS, or does not start it when asked (C1, C2).</summary>
    BackendNoStartTls,

    /// <summary>What the client said is not its protocol.</summary>
    ClientGarbage,

    /// <summary>The client goes on without TLS, in a protocol where there is no answer to that but the end (S4, S5).</summary>
    TlsRequired,

    /// <summary>The client wants a domain for which the gate has no certificate.</summary>
    UnknownDomain,
}
