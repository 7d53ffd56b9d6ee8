using System.Text;

namespace Postern.Interop.LibSsl.Certificates;

/// <summary>Reads a private key and says what kind it is; never what it is.</summary>
internal static unsafe class KeyReader
{
    // EVP_PKEY_… of evp.h, which are NIDs.
    private const int Rsa = 6;
    private const int RsaPss = 912;
    private const int Dsa = 116;
    private const int Dh = 28;
    private const int Ec = 408;
    private const int Ed25519 = 1087;
    private const int Ed448 = 1088;

    private const int MaxCurveName = 80;

    /// <summary>The key, to be freed by the caller; 0 and the problem when there is none.</summary>
    public static nint Read(ReadOnlySpan<byte> pem, out PemProblem problem)
    {
        problem = Judge(pem);
        if (problem != PemProblem.None)
            return 0;

        fixed (byte* text = pem)
        {
            byte noPassphrase = 0;
            nint bio = LibCrypto.Pem.BIO_new_mem_buf(text, pem.Length);
            nint key = LibCrypto.Pem.PEM_read_bio_PrivateKey(bio, null, 0, &noPassphrase);
            _ = LibCrypto.Pem.BIO_free(bio);
            LibCrypto.Pem.ERR_clear_error();
            if (key == 0)
                problem = PemProblem.Malformed;

            return key;
        }
    }

    /// <summary>Works on public and private keys.</summary>
    public static KeyFacts Describe(nint key)
    {
        int bits = LibCrypto.EVP_PKEY_get_bits(key);
        int id = LibCrypto.EVP_PKEY_get_base_id(key);
        switch (id)
        {
            case Rsa:
                return new KeyFacts(KeyKind.Rsa, bits, "", $"RSA, {bits} bits");
            case Ec:
                string curve = Curve(key);
                return new KeyFacts(KeyKind.Ec, bits, curve, curve.Length > 0 ? $"EC, {UsualName(curve)}" : $"EC, {bits} bits");
            case Ed25519:
                return new KeyFacts(KeyKind.Ed25519, bits, "", "Ed25519");
            default:
                string name = id switch { RsaPss => "RSA-PSS", Dsa => "DSA", Dh => "Diffie-Hellman", Ed448 => "Ed448", _ => $"type {id}" };
                return new KeyFacts(KeyKind.Other, bits, "", $"{name}, {bits} bits");
        }
    }

    // Both forms of an encrypted key say so in the clear: PKCS #8 (RFC 5958) in its first line, the older form in a
    // header (RFC 1421 §4.6.1.1).
    private static PemProblem Judge(ReadOnlySpan<byte> pem)
    {
        if (pem.IndexOf("-----BEGIN "u8) < 0)
            return PemProblem.NotPem;

        if (pem.IndexOf("-----BEGIN ENCRYPTED PRIVATE KEY-----"u8) >= 0 || pem.IndexOf("Proc-Type: 4,ENCRYPTED"u8) >= 0)
            return PemProblem.Encrypted;

        return pem.IndexOf("PRIVATE KEY-----"u8) < 0 ? PemProblem.NothingInIt : PemProblem.None;
    }

    private static string Curve(nint key)
    {
        byte* name = stackalloc byte[MaxCurveName];
        nuint length;
        if (LibCrypto.EVP_PKEY_get_group_name(key, name, MaxCurveName, &length) != 1 || length > MaxCurveName)
            return "";

        return Encoding.ASCII.GetString(name, (int)length);
    }

    private static string UsualName(string curve) => curve switch
    {
        "prime256v1" => "P-256",
        "secp384r1" => "P-384",
        "secp521r1" => "P-521",
        _ => curve,
    };
}
