using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Postern.Configuration.Settings;

namespace Postern.Configuration;

/// <summary>
/// What a TLS session was admitted under, as 32 bytes: a session of one policy must not be resumed under another, since
/// resuming asks for no certificate. Machines whose gates are written alike agree on it.
/// </summary>
public static class SessionPolicy
{
    /// <summary>A change of what follows is a new number: sessions of another version are then void.</summary>
    private const string Version = "postern session policy 2";

    /// <param name="gate">The gate; its place among others says nothing.</param>
    /// <param name="clientCaPem">The authorities of client certificates, as their file has them.</param>
    /// <param name="route">Null for the gate's own backend.</param>
    public static byte[] Of(GateSettings gate, byte[]? clientCaPem, RouteSettings? route)
    {
        ArgumentNullException.ThrowIfNull(gate);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string word in (ReadOnlySpan<string>)[Version, gate.Name, gate.Protocol, gate.MinTls.ToString(), gate.ClientCertificate.ToString(), route?.Sni ?? ""])
            Add(hash, Encoding.UTF8.GetBytes(word));
        Add(hash, clientCaPem ?? []);
        foreach (AllowedClient client in gate.ClientAllow)
            Add(hash, Encoding.UTF8.GetBytes($"{client.Kind}:{client.Value}"));
        return hash.GetHashAndReset();
    }

    /// <summary>With its length before it, so that no two lists of fields are the same bytes.</summary>
    private static void Add(IncrementalHash hash, ReadOnlySpan<byte> field)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, field.Length);
        hash.AppendData(length);
        hash.AppendData(field);
    }
}
