using System.Buffers.Binary;
using Postern.Interop.LibSsl.Records;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>Which suite it will be.</summary>
internal static class RecordSuites
{
    /// <summary>
    /// As OpenSSL chooses: AES-256, ChaCha20, AES-128, but ChaCha20 when the client prefers it to both, which says that its
    /// machine has no AES. Null: none of the three.
    /// </summary>
    public static RecordSuite? Choose(ClientHello hello)
    {
        bool prefersChaCha = false;
        for (int i = 0; i + 1 < hello.Suites.Length; i += 2)
        {
            ushort suite = BinaryPrimitives.ReadUInt16BigEndian(hello.Suites[i..]);
            prefersChaCha = suite == RecordSuite.ChaCha;
            if (suite is RecordSuite.Aes128 or RecordSuite.Aes256 or RecordSuite.ChaCha)
                break;
        }

        return (prefersChaCha ? Offered(hello, RecordSuite.ChaCha) : null) ?? Offered(hello, RecordSuite.Aes256) ?? Offered(hello, RecordSuite.ChaCha) ?? Offered(hello, RecordSuite.Aes128);
    }

    private static RecordSuite? Offered(ClientHello hello, int suite) => hello.OffersSuite((ushort)suite) ? RecordSuite.Of(suite) : null;
}
