using System.Buffers.Binary;
using Postern.Interop.LibSsl.Records;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>Which suite it will be.</summary>
internal static class RecordSuites
{
    private const int Aes128 = 0x1301;
    private const int Aes256 = 0x1302;
    private const int ChaCha = 0x1303;

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
            prefersChaCha = suite == ChaCha;
            if (suite is Aes128 or Aes256 or ChaCha)
                break;
        }

        return (prefersChaCha ? Offered(hello, ChaCha) : null) ?? Offered(hello, Aes256) ?? Offered(hello, ChaCha) ?? Offered(hello, Aes128);
    }

    private static RecordSuite? Offered(ClientHello hello, int suite) => hello.OffersSuite((ushort)suite) ? RecordSuite.Of(suite) : null;
}
