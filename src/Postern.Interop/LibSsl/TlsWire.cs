using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl;

/// <summary>
/// The ciphertext of one turn: what was received for a connection and what its TLS wants to send. One for each
/// thread, shared by all its connections, since a thread drives one connection at a time: an idle connection so owns
/// no buffer at all, and everything that a turn writes leaves in one send.
/// </summary>
/// <remarks>
/// Use: put received bytes at <see cref="Space"/> and say so with <see cref="Received"/>; call the channel; send
/// <see cref="Outgoing"/>; keep <see cref="Unread"/> with the connection; <see cref="Clear"/>.
/// </remarks>
public sealed unsafe class TlsWire : IDisposable
{
    /// <summary>Bytes of ciphertext that one turn receives at most: four full records.</summary>
    public const int IncomingSize = 64 * 1024;

    /// <summary>
    /// Bytes of ciphertext that one turn may produce: a turn encrypts at most <see cref="IncomingSize"/> of plain
    /// bytes, and a handshake flight with a long chain may come on top.
    /// </summary>
    public const int OutgoingSize = 256 * 1024;

    /// <summary>Bytes of a handshake's messages before they are sealed, or after they are opened.</summary>
    internal const int ScratchSize = 64 * 1024;

    private readonly State* _state;

    public TlsWire()
    {
        _state = (State*)NativeMemory.AllocZeroed((nuint)sizeof(State));
        _state->Incoming = (byte*)NativeMemory.Alloc(IncomingSize);
        _state->Outgoing = (byte*)NativeMemory.Alloc(OutgoingSize);
        _state->Scratch = (byte*)NativeMemory.Alloc(ScratchSize);
    }

    /// <summary>Where the next received bytes go.</summary>
    public Span<byte> Space => new(_state->Incoming + _state->IncomingLength, IncomingSize - _state->IncomingLength);

    /// <summary>Received and not yet taken by TLS.</summary>
    public ReadOnlySpan<byte> Unread =>
        new(_state->Incoming + _state->IncomingRead, _state->IncomingLength - _state->IncomingRead);

    /// <summary>What TLS wants to send.</summary>
    public ReadOnlySpan<byte> Outgoing => new(_state->Outgoing, _state->OutgoingLength);

    /// <summary>Where what is to be sent goes, behind <see cref="Outgoing"/>.</summary>
    internal Span<byte> Room => new(_state->Outgoing + _state->OutgoingLength, OutgoingSize - _state->OutgoingLength);

    /// <summary>Room for work within one call.</summary>
    internal Span<byte> Scratch => new(_state->Scratch, ScratchSize);

    internal State* Native => _state;

    public void Received(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(IncomingSize - _state->IncomingLength));
        _state->IncomingLength += bytes;
    }

    /// <summary>TLS has taken so much of what is unread.</summary>
    internal void Took(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_state->IncomingLength - _state->IncomingRead));
        _state->IncomingRead += bytes;
    }

    /// <summary>So much was written into <see cref="Room"/>.</summary>
    internal void Wrote(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(OutgoingSize - _state->OutgoingLength));
        _state->OutgoingLength += bytes;
    }

    /// <summary>Forgets both directions, for the next connection.</summary>
    public void Clear()
    {
        ClearIncoming();
        ClearOutgoing();
    }

    /// <summary>Puts these bytes before what TLS wants to send.</summary>
    public void Precede(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, OutgoingSize - _state->OutgoingLength);
        var all = new Span<byte>(_state->Outgoing, OutgoingSize);
        all[.._state->OutgoingLength].CopyTo(all[bytes.Length..]);
        bytes.CopyTo(all);
        _state->OutgoingLength += bytes.Length;
    }

    public void ClearIncoming() => _state->IncomingRead = _state->IncomingLength = 0;

    public void ClearOutgoing() => _state->OutgoingLength = 0;

    public void Dispose()
    {
        NativeMemory.Free(_state->Incoming);
        NativeMemory.Free(_state->Outgoing);
        NativeMemory.Free(_state->Scratch);
        NativeMemory.Free(_state);
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct State
    {
        public byte* Incoming;
        public int IncomingRead;
        public int IncomingLength;
        public byte* Outgoing;
        public int OutgoingLength;
        public byte* Scratch;
    }
}
