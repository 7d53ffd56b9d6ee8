namespace Postern.Interop.LibSsl;

/// <summary>
/// A server whose certificate was verified, as the operator wants it. Only <see cref="TlsChannel.Authenticate"/> makes one, and
/// whoever relays to a server by TLS must have one: to forget the verification does not compile.
/// </summary>
public sealed class AuthenticatedPeer
{
    internal AuthenticatedPeer(string name) => Name = name;

    /// <summary>The reference identifier that the certificate is for, or that was pinned to it.</summary>
    public string Name { get; }
}
