using System.Runtime.CompilerServices;
using Postern.Interop.LibSsl.KeySchedule;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>The hash of all handshake messages so far (RFC 8446 §4.4.1).</summary>
internal unsafe ref struct Transcript
{
    private readonly ScheduleHash _hash;
    private Hmac.State _state;

    [SkipLocalsInit]
    public Transcript(ScheduleHash hash)
    {
        _hash = hash;
        fixed (Hmac.State* state = &_state)
            Hmac.Begin(hash, state);
    }

    public void Add(scoped ReadOnlySpan<byte> message)
    {
        fixed (Hmac.State* state = &_state)
            Hmac.Add(_hash, state, message);
    }

    /// <summary>As it stands; more may be added afterwards.</summary>
    /// <param name="digest">As long as the hash's.</param>
    public readonly void Current(scoped Span<byte> digest)
    {
        Hmac.State copy = _state;
        Hmac.End(_hash, &copy, digest);
    }
}
