namespace Postern.Interop.LibSsl;

/// <summary>A server that has shown what was demanded of it. How much that is, its type says.</summary>
public abstract class TlsPeer
{
    private protected TlsPeer(string name) => Name = name;

    /// <summary>The reference identifier that the certificate is for, or that was pinned to it; for an <see cref="EncryptedPeer"/> only the name that we asked for.</summary>
    public string Name { get; }
}

/// <summary>
/// A server whose certificate was verified, as the operator wants it. Only <see cref="TlsChannel.Authenticate"/> makes one, and
/// whoever relays to a server by TLS must have one: to forget the verification does not compile.
/// </summary>
public sealed class AuthenticatedPeer : TlsPeer
{
    internal AuthenticatedPeer(string name)
        : base(name)
    {
    }
}

/// <summary>
/// Somebody who speaks TLS, where no more was demanded: opportunistic TLS, or TLSA records of which none is usable (RFC 7672
/// §2.2). It is no <see cref="AuthenticatedPeer"/>, and none can be made of it.
/// </summary>
public sealed class EncryptedPeer : TlsPeer
{
    internal EncryptedPeer(string name)
        : base(name)
    {
    }
}
