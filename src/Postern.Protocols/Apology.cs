namespace Postern.Protocols;

/// <summary>What keeps a connection from its backend, as far as the client may know it.</summary>
public enum Unavailable
{
    /// <summary>Too many connections, of this client or in all, or no descriptor left.</summary>
    Busy,

    /// <summary>The backend does not answer, or refused the connection.</summary>
    NoBackend,

    /// <summary>The backend answered, but with a greeting that cannot be relayed.</summary>
    BadBackend,

    /// <summary>The client was silent for longer than a stage allows.</summary>
    TimedOut,

    /// <summary>The server does not start TLS, or TLS with it fails; nothing is said to it in the clear.</summary>
    NoTls,

    /// <summary>The server has another certificate than it must.</summary>
    Untrusted,

    /// <summary>Nobody can say now what the server must show; it was not asked.</summary>
    Unproved,

    /// <summary>Of a gate to the world: there is no such domain, or it has no such service.</summary>
    NoSuchDomain,

    /// <summary>Of a gate to the world: no server of the domain answers now, or none can be found.</summary>
    DomainUnreachable,

    /// <summary>Of a gate to the world: no server of the domain shows what is demanded of it.</summary>
    DomainRefused,
}

/// <summary>One sentence to a client that cannot be served, in words of ours: each protocol has its own frame for it.</summary>
/// <param name="Why">What it is about.</param>
/// <param name="HostName">The name used in greetings: printable ASCII, checked by the configuration.</param>
/// <param name="Reason">
/// What was found wrong, for the one who must mend it (<c>certificate has expired</c>): OpenSSL's words or ours, never a peer's
/// (C8). Empty where the client need not know.
/// </param>
public readonly record struct Apology(Unavailable Why, string HostName, string Reason = "")
{
    /// <summary>The domain in whose place it is said, in protocols that name it: that which the client asked for, checked. Null: our own name.</summary>
    public string? Addressee { get; init; }

    /// <summary>Who the client said it is, checked; null where nobody said, and where no answer names it.</summary>
    public string? Origin { get; init; }

    /// <summary>A sentence without an end of line: <c>mail.example.org has too many connections, try again later</c>.</summary>
    public void WriteText(ref ByteWriter output)
    {
        output.WriteText(HostName);
        output.Write(Why switch
        {
            Unavailable.Busy => " has too many connections, try again later"u8,
            Unavailable.TimedOut => " waited too long"u8,
            Unavailable.NoTls => " has no TLS with its server, and says nothing in the clear"u8,
            Unavailable.Untrusted => " does not trust the certificate of its server"u8,
            Unavailable.Unproved => " cannot prove its server now, try again later"u8,
            Unavailable.NoSuchDomain => " finds no server of that domain"u8,
            Unavailable.DomainUnreachable => " cannot reach a server of that domain now"u8,
            Unavailable.DomainRefused => " does not talk to the servers of that domain"u8,
            _ => " cannot reach its server, try again later"u8,
        });
        if (string.IsNullOrEmpty(Reason))
            return;

        output.Write(": "u8);
        foreach (char letter in Reason)
            output.Write(letter is >= ' ' and <= '~' and not '"' and not '\\' ? (byte)letter : (byte)'?');
    }
}
