using System.Buffers.Binary;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>
/// A ClientHello of the kind that nearly all are (RFC 8446 §4.1.2): TLS 1.3, a share for X25519, nothing in it that calls for a
/// second one. Any other, and any that is not well formed, is not understood here, and OpenSSL's to answer or to refuse.
/// </summary>
internal readonly ref struct ClientHello
{
    public const int HeaderLength = 4;
    public const int PublicKeyLength = 32;

    /// <summary>RFC 8446 §4.1.2: "legacy_session_id&lt;0..32&gt;".</summary>
    public const int MaxSessionId = 32;

    /// <summary>Clients send some twenty. Each is compared with those before it.</summary>
    private const int MaxExtensions = 64;

    private const byte Type = 1;
    private const ushort Tls12 = 0x0303;
    private const ushort Tls13 = 0x0304;
    private const ushort X25519 = 0x001d;
    private const byte PskWithDhe = 1;
    private const byte HostName = 0;
    private const int MaxHostName = 255;

    private ClientHello(
        ReadOnlySpan<byte> message, ReadOnlySpan<byte> sessionId, ReadOnlySpan<byte> suites, ReadOnlySpan<byte> serverName, ReadOnlySpan<byte> alpn,
        ReadOnlySpan<byte> signatureSchemes, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> preSharedKey)
    {
        Message = message;
        SessionId = sessionId;
        Suites = suites;
        ServerName = serverName;
        Alpn = alpn;
        SignatureSchemes = signatureSchemes;
        PublicKey = publicKey;
        PreSharedKey = preSharedKey;
    }

    /// <summary>All of it, with its header.</summary>
    public ReadOnlySpan<byte> Message { get; }

    public ReadOnlySpan<byte> SessionId { get; }

    /// <summary>Two bytes each, as the client prefers them.</summary>
    public ReadOnlySpan<byte> Suites { get; }

    /// <summary>The extension's content; empty without one.</summary>
    public ReadOnlySpan<byte> ServerName { get; }

    /// <summary>The list of names, a length before each; empty when the client offers none.</summary>
    public ReadOnlySpan<byte> Alpn { get; }

    /// <summary>Two bytes each.</summary>
    public ReadOnlySpan<byte> SignatureSchemes { get; }

    /// <summary>The client's share for X25519.</summary>
    public ReadOnlySpan<byte> PublicKey { get; }

    /// <summary>The content of pre_shared_key, which ends the message; empty without one, or with none that goes with a new key exchange.</summary>
    public ReadOnlySpan<byte> PreSharedKey { get; }

    /// <summary>False for whatever is not to be understood here.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out ClientHello hello)
    {
        hello = default;
        if (message.Length < HeaderLength || message[0] != Type || message[1] != 0 || BinaryPrimitives.ReadUInt16BigEndian(message[2..]) != message.Length - HeaderLength)
            return false;

        var body = new HelloBytes(message[HeaderLength..]);
        ushort version = body.Number();
        _ = body.Take(32);
        ReadOnlySpan<byte> sessionId = body.ShortVector();
        ReadOnlySpan<byte> suites = body.Vector();
        ReadOnlySpan<byte> compressions = body.ShortVector();
        var extensions = new HelloBytes(body.Vector());

        // §4.1.2: "For every TLS 1.3 ClientHello, this vector MUST contain exactly one byte, set to zero".
        bool formed = !body.IsShort && body.IsEmpty && version == Tls12 && sessionId.Length <= MaxSessionId && suites.Length % 2 == 0 && compressions is [0];
        return formed && TryReadExtensions(extensions, message, sessionId, suites, out hello);
    }

    private static bool TryReadExtensions(
        HelloBytes extensions, ReadOnlySpan<byte> message, ReadOnlySpan<byte> sessionId, ReadOnlySpan<byte> suites, out ClientHello hello)
    {
        hello = default;
        ReadOnlySpan<byte> serverName = default, alpn = default, schemes = default, publicKey = default, preSharedKey = default;
        bool isTls13 = false, hasGroup = false, hasModes = false, withDhe = false;
        Span<ushort> seen = stackalloc ushort[MaxExtensions];
        int count = 0;
        while (!extensions.IsEmpty)
        {
            ushort type = extensions.Number();
            ReadOnlySpan<byte> content = extensions.Vector();

            // §4.2: "There MUST NOT be more than one extension of the same type"; pre_shared_key "MUST be the last".
            if (extensions.IsShort || count == MaxExtensions || seen[..count].Contains(type) || !preSharedKey.IsEmpty)
                return false;
            seen[count++] = type;

            var reader = new HelloBytes(content);
            switch ((ExtensionType)type)
            {
                case ExtensionType.ServerName:
                    if (!IsHostName(reader))
                        return false;
                    serverName = content;
                    break;

                case ExtensionType.SupportedVersions:
                    isTls13 = Has(reader.ShortVector(), Tls13, ref reader);
                    break;

                case ExtensionType.SupportedGroups:
                    hasGroup = Has(reader.Vector(), X25519, ref reader);
                    break;

                case ExtensionType.SignatureAlgorithms:
                    schemes = reader.Vector();
                    if (!Ends(ref reader) || schemes.Length % 2 != 0)
                        return false;
                    break;

                case ExtensionType.Alpn:
                    alpn = reader.Vector();
                    if (!Ends(ref reader) || !AreNames(alpn))
                        return false;
                    break;

                case ExtensionType.KeyShare:
                    publicKey = Share(reader);
                    break;

                case ExtensionType.PskKeyExchangeModes:
                    hasModes = true;
                    withDhe = reader.ShortVector().Contains(PskWithDhe);
                    if (!Ends(ref reader))
                        return false;
                    break;

                case ExtensionType.PreSharedKey:
                    if (content.IsEmpty)
                        return false;
                    preSharedKey = content;
                    break;

                // Early data is to be skipped, cookies are answers to a HelloRetryRequest, the others change what is sent: OpenSSL knows how.
                case ExtensionType.EarlyData or ExtensionType.Cookie or ExtensionType.MaxFragmentLength or ExtensionType.SignatureAlgorithmsCert:
                    return false;
            }
        }

        if (!isTls13 || !hasGroup || publicKey.Length != PublicKeyLength || schemes.IsEmpty)
            return false;

        // §4.2.9: "If clients offer "pre_shared_key" without a "psk_key_exchange_modes" extension, servers MUST abort the handshake."
        if (!preSharedKey.IsEmpty && !hasModes)
            return false;
        hello = new ClientHello(message, sessionId, suites, serverName, alpn, schemes, publicKey, withDhe ? preSharedKey : default);
        return true;
    }

    public bool OffersSuite(ushort suite) => Contains(Suites, suite);

    public bool OffersScheme(ushort scheme) => Contains(SignatureSchemes, scheme);

    /// <summary>The share for X25519, once; empty when there is none, or when the list is not one.</summary>
    private static ReadOnlySpan<byte> Share(HelloBytes reader)
    {
        ReadOnlySpan<byte> share = default;
        var shares = new HelloBytes(reader.Vector());
        if (!Ends(ref reader))
            return default;
        while (!shares.IsEmpty)
        {
            ushort group = shares.Number();
            ReadOnlySpan<byte> key = shares.Vector();

            // §4.2.8: "Clients MUST NOT offer multiple KeyShareEntry values for the same group."
            if (shares.IsShort || key.IsEmpty || (group == X25519 && !share.IsEmpty))
                return default;
            if (group == X25519)
                share = key;
        }

        return share;
    }

    /// <summary>RFC 6066 §3, as OpenSSL reads it: a list of one host_name, with no NUL in it, that is not longer than a name may be.</summary>
    private static bool IsHostName(HelloBytes reader)
    {
        var list = new HelloBytes(reader.Vector());
        byte type = list.Byte();
        ReadOnlySpan<byte> name = list.Vector();
        return Ends(ref reader) && Ends(ref list) && type == HostName && name.Length is > 0 and <= MaxHostName && !name.Contains((byte)0);
    }

    private static bool AreNames(ReadOnlySpan<byte> list)
    {
        var names = new HelloBytes(list);
        while (!names.IsEmpty)
        {
            if (names.ShortVector().IsEmpty)
                return false;
        }

        return !list.IsEmpty && !names.IsShort;
    }

    private static bool Has(ReadOnlySpan<byte> list, ushort value, ref HelloBytes reader) => Ends(ref reader) && list.Length % 2 == 0 && Contains(list, value);

    private static bool Ends(ref HelloBytes reader) => reader.IsEmpty && !reader.IsShort;

    private static bool Contains(ReadOnlySpan<byte> list, ushort value)
    {
        for (int i = 0; i + 1 < list.Length; i += 2)
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(list[i..]) == value)
                return true;
        }

        return false;
    }
}
