using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Postern.Interop.LibSsl.Certificates;

namespace Postern.Interop.LibSsl;

/// <summary>What of a client certificate is looked at.</summary>
public enum ClientIdentityKind
{
    Dns,
    Email,
    Uri,
    Address,

    /// <summary>SHA-256 of the whole certificate, lower case hexadecimal.</summary>
    Fingerprint,
}

/// <summary>One client that is let in, if an authority of the gate has signed its certificate.</summary>
/// <param name="Kind">Which of its names.</param>
/// <param name="Value">The name as the configuration has it: a DNS name and an e-mail's domain are compared without regard to case.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ClientIdentity(ClientIdentityKind Kind, string Value);

/// <summary>
/// The clients that a gate lets in, of all those whose certificate verifies. Asked in the handshake, so that who is not on it
/// never gets inside. Names are compared whole; a wildcard in a client's certificate is no name of a client.
/// </summary>
public sealed unsafe class ClientAllowList(ImmutableArray<ClientIdentity> allowed)
{
    private const int NidSubjectAltName = 85;
    private const int GeneralEmail = 1;
    private const int GeneralDns = 2;
    private const int GeneralUri = 6;
    private const int GeneralAddress = 7;

    private const int FingerprintLength = 32;

    public ImmutableArray<ClientIdentity> Allowed { get; } = allowed;

    /// <summary>True when one of its names, or its fingerprint, is on the list.</summary>
    internal bool Has(nint certificate)
    {
        byte* digest = stackalloc byte[FingerprintLength];
        uint length = 0;
        if (NativeLibCrypto.X509_digest(certificate, NativeLibCrypto.EVP_sha256(), digest, &length) == 1
            && Has(ClientIdentityKind.Fingerprint, Convert.ToHexStringLower(new ReadOnlySpan<byte>(digest, FingerprintLength))))
        {
            return true;
        }

        nint names = LibCrypto.X509_get_ext_d2i(certificate, NidSubjectAltName, null, null);
        bool found = false;
        for (int i = 0; names != 0 && !found && i < LibCrypto.OPENSSL_sk_num(names); i++)
        {
            int type;
            nint value = LibCrypto.GENERAL_NAME_get0_value(LibCrypto.OPENSSL_sk_value(names, i), &type);
            found = HasName(type, value);
        }

        if (names != 0)
            LibCrypto.GENERAL_NAMES_free(names);
        return found;
    }

    private bool HasName(int type, nint value)
    {
        if (type is not (GeneralEmail or GeneralDns or GeneralUri or GeneralAddress))
            return false;

        var bytes = new ReadOnlySpan<byte>(LibCrypto.ASN1_STRING_get0_data(value), LibCrypto.ASN1_STRING_length(value));
        if (type == GeneralAddress)
            return bytes.Length is 4 or 16 && Has(ClientIdentityKind.Address, new IPAddress(bytes).ToString());

        // CVE-2009-2408: what stands before a NUL is not the name.
        if (bytes.IsEmpty || bytes.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e))
            return false;

        ClientIdentityKind kind = type switch
        {
            GeneralDns => ClientIdentityKind.Dns,
            GeneralEmail => ClientIdentityKind.Email,
            _ => ClientIdentityKind.Uri,
        };
        return Has(kind, Encoding.ASCII.GetString(bytes));
    }

    private bool Has(ClientIdentityKind kind, string value)
    {
        foreach (ClientIdentity identity in Allowed)
        {
            if (identity.Kind == kind && Same(kind, identity.Value, value))
                return true;
        }

        return false;
    }

    private static bool Same(ClientIdentityKind kind, string allowed, string value)
    {
        switch (kind)
        {
            case ClientIdentityKind.Dns or ClientIdentityKind.Fingerprint or ClientIdentityKind.Address:
                return string.Equals(allowed, value, StringComparison.OrdinalIgnoreCase);

            // RFC 5280 §7.5: the local part exactly, the host's part as a host's name.
            case ClientIdentityKind.Email:
                int at = allowed.LastIndexOf('@');
                return at == value.LastIndexOf('@') && at > 0
                    && allowed.AsSpan(0, at).SequenceEqual(value.AsSpan(0, at))
                    && allowed.AsSpan(at).Equals(value.AsSpan(at), StringComparison.OrdinalIgnoreCase);

            default:
                return string.Equals(allowed, value, StringComparison.Ordinal);
        }
    }
}
