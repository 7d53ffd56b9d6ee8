using Postern.Protocols;

namespace Postern.Engine.Connections;

/// <summary>Why a connection ended. The names (<see cref="OutcomeNames"/>) are counted, logged and documented.</summary>
public enum Outcome
{
    /// <summary>Both sides said what they had to say.</summary>
    Closed,

    /// <summary>The client's FIN came without close_notify.</summary>
    Truncated,

    /// <summary>The client's connection was reset.</summary>
    ClientReset,

    /// <summary>The backend's connection was reset.</summary>
    BackendReset,

    /// <summary>A stage before the relay took too long, or a server in the world took nothing any more.</summary>
    TimedOut,

    /// <summary>The operator's idle-timeout.</summary>
    Idle,
    HandshakeFailed,

    /// <summary>A record that does not decrypt, after the handshake.</summary>
    TlsError,

    /// <summary>A PROXY header from a network that may not send one.</summary>
    ProxyForeign,

    /// <summary>No PROXY header, or none that can be read, from a network that must send one.</summary>
    ProxyInvalid,
    BackendUnreachable,

    /// <summary>The backend refused in its greeting.</summary>
    BackendRefused,

    /// <summary>The backend's greeting is none.</summary>
    BackendInvalid,

    /// <summary>Over a limit: of the client, of the gate, or of descriptors.</summary>
    Shed,

    /// <summary>The client left before there was a relay.</summary>
    ClientLeft,

    /// <summary>With isolation = "connection": the connection's process died, or was ended for asking what it must not.</summary>
    ProcessDied,

    /// <summary>The server does not start TLS, and nothing is said to it without (C1, C2).</summary>
    BackendNoStartTls,

    /// <summary>The server's handshake failed.</summary>
    BackendTlsFailed,

    /// <summary>The server's certificate is not the one that it must be (C11).</summary>
    BackendUntrusted,

    /// <summary>DANE must prove the server, and the DNS does not say what it must show: it was not dialled.</summary>
    BackendUnproved,

    /// <summary>Bytes stood behind the server's answer that starts TLS, or it spoke first where it must not (C4, C5, C12).</summary>
    BackendInjection,

    /// <summary>The server's FIN came without close_notify.</summary>
    BackendTruncated,

    RefusedInjection,
    RefusedBareLineFeed,
    RefusedBareCarriageReturn,
    RefusedTooLong,
    RefusedTooMuch,
    RefusedTooManyErrors,
    RefusedHttpRequest,
    RefusedClientGarbage,
    RefusedTlsRequired,
    RefusedUnknownDomain,
}

public static class OutcomeNames
{
    public static readonly int Count = Enum.GetValues<Outcome>().Length;

    public static string Of(Outcome outcome) => outcome switch
    {
        Outcome.Closed => "closed",
        Outcome.Truncated => "truncated",
        Outcome.ClientReset => "reset",
        Outcome.BackendReset => "backend-reset",
        Outcome.TimedOut => "timeout",
        Outcome.Idle => "idle-timeout",
        Outcome.HandshakeFailed => "handshake-failed",
        Outcome.TlsError => "tls-error",
        Outcome.ProxyForeign => "proxy-header-foreign",
        Outcome.ProxyInvalid => "proxy-header-invalid",
        Outcome.BackendUnreachable => "backend-unreachable",
        Outcome.BackendRefused => "backend-refused",
        Outcome.BackendInvalid => "backend-invalid",
        Outcome.Shed => "shed",
        Outcome.ClientLeft => "client-left",
        Outcome.ProcessDied => "process-died",
        Outcome.BackendNoStartTls => "backend-no-starttls",
        Outcome.BackendTlsFailed => "backend-tls-failed",
        Outcome.BackendUntrusted => "backend-untrusted",
        Outcome.BackendUnproved => "backend-unproved",
        Outcome.BackendInjection => "backend-injection",
        Outcome.BackendTruncated => "backend-truncated",
        Outcome.RefusedInjection => "refused:injection",
        Outcome.RefusedBareLineFeed => "refused:bare-line-feed",
        Outcome.RefusedBareCarriageReturn => "refused:bare-carriage-return",
        Outcome.RefusedTooLong => "refused:too-long",
        Outcome.RefusedTooMuch => "refused:too-much",
        Outcome.RefusedTooManyErrors => "refused:too-many-errors",
        Outcome.RefusedHttpRequest => "refused:http-request",
        Outcome.RefusedClientGarbage => "refused:client-garbage",
        Outcome.RefusedTlsRequired => "refused:tls-required",
        Outcome.RefusedUnknownDomain => "refused:unknown-domain",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };

    /// <summary>The outcome of a dialogue with a client, or with a backend, that was refused.</summary>
    public static Outcome Of(Refusal refusal) => refusal switch
    {
        Refusal.Injection => Outcome.RefusedInjection,
        Refusal.BareLineFeed => Outcome.RefusedBareLineFeed,
        Refusal.BareCarriageReturn => Outcome.RefusedBareCarriageReturn,
        Refusal.TooLong => Outcome.RefusedTooLong,
        Refusal.TooMuch => Outcome.RefusedTooMuch,
        Refusal.TooManyErrors => Outcome.RefusedTooManyErrors,
        Refusal.HttpRequest => Outcome.RefusedHttpRequest,
        Refusal.ClientGarbage => Outcome.RefusedClientGarbage,
        Refusal.TlsRequired => Outcome.RefusedTlsRequired,
        Refusal.UnknownDomain => Outcome.RefusedUnknownDomain,
        Refusal.BackendRefused => Outcome.BackendRefused,
        Refusal.BackendPreauth or Refusal.BackendGarbage => Outcome.BackendInvalid,
        Refusal.BackendNoStartTls => Outcome.BackendNoStartTls,
        _ => Outcome.Closed,
    };
}
