using System.Security.Cryptography;
using System.Text;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// The client's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), of which no library of Debian 12 or .NET knows
/// the bindings of TLS 1.3.
/// </summary>
/// <param name="user">Without "," and "=".</param>
/// <param name="password">ASCII.</param>
/// <param name="gs2">What it says of channel binding: <c>n,,</c>, <c>y,,</c> or <c>p=NAME,,</c>.</param>
/// <param name="binding">The bytes of the binding; empty without one.</param>
internal sealed class ScramClient(string user, string password, string gs2, byte[] binding)
{
    private readonly string _nonce = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
    private byte[] _serverSignature = [];

    private string FirstBare => $"n={user},r={_nonce}";

    public string First => gs2 + FirstBare;

    /// <summary>The answer to the server's challenge.</summary>
    public string Final(string challenge)
    {
        Dictionary<char, string> said = Attributes(challenge);
        if (!said['r'].StartsWith(_nonce, StringComparison.Ordinal) || said['r'].Length == _nonce.Length)
            throw new InvalidOperationException("the server did not add to the nonce: " + challenge);

        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(
            password, Convert.FromBase64String(said['s']), int.Parse(said['i'], System.Globalization.CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, 32);
        string withoutProof = $"c={Convert.ToBase64String([.. Encoding.ASCII.GetBytes(gs2), .. binding])},r={said['r']}";
        byte[] message = Encoding.ASCII.GetBytes($"{FirstBare},{challenge},{withoutProof}");
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] signature = HMACSHA256.HashData(SHA256.HashData(clientKey), message);
        byte[] proof = [.. clientKey.Zip(signature, (a, b) => (byte)(a ^ b))];
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), message);
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>Whether the server has shown that it knows the password too.</summary>
    public bool Accepts(string success) =>
        Attributes(success).TryGetValue('v', out string? verifier) && Convert.FromBase64String(verifier).AsSpan().SequenceEqual(_serverSignature);

    private static Dictionary<char, string> Attributes(string message) => message.Split(',').ToDictionary(part => part[0], part => part[2..]);
}
