using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>A few secret bytes outside the collector's reach, which would leave copies where it moves things; wiped at the end.</summary>
internal sealed unsafe class SecretBlock(int length) : IDisposable
{
    private byte* _bytes = (byte*)NativeMemory.AllocZeroed((nuint)length);

    public Span<byte> Bytes => new(_bytes, _bytes == null ? 0 : length);

    public void Dispose()
    {
        if (_bytes == null)
            return;
        CryptographicOperations.ZeroMemory(Bytes);
        NativeMemory.Free(_bytes);
        _bytes = null;
    }
}
