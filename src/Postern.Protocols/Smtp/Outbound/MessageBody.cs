using System.Runtime.InteropServices;

namespace Postern.Protocols.Smtp.Outbound;

internal enum BodyVerdict
{
    /// <summary>The message goes on.</summary>
    More,

    /// <summary>What was read ends with the end of data.</summary>
    End,

    /// <summary>The next byte is one that another reader could take for a part of a line's end.</summary>
    Ambiguous,
}

/// <param name="Length">Bytes that were read, and may be passed on.</param>
/// <param name="Verdict">What stands behind them.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BodyPiece(int Length, BodyVerdict Verdict);

/// <summary>
/// Reads a message as it stands on the wire, dots stuffed, up to the end of data, in any pieces. Nothing is kept: what it knows is
/// where in a line it is.
/// </summary>
/// <remarks>
/// SMTP smuggling (CVE-2023-51764 Postfix, CVE-2023-51765 sendmail, CVE-2023-51766 Exim; CVE-2024-27305 aiosmtpd): somebody writes a
/// message in which one server sees the end of data and another does not; what follows is a part of the message here, and another
/// message there. RFC 5321 §4.1.1.4: the end is CRLF.CRLF, and "SMTP server systems MUST NOT" take anything else for it. Those who
/// do so all take a CR alone, a LF alone, or a line with a NUL in it for a line that it is not. None of them is passed on.
/// </remarks>
internal struct MessageBody
{
    private Place _place;

    private enum Place
    {
        /// <summary>Behind a CRLF, or behind DATA.</summary>
        LineStart,

        /// <summary>The line is a dot so far.</summary>
        Dot,
        Inside,
    }

    /// <summary>Reads on. A CR at the end of the input is left unread: it is passed on with its LF or not at all.</summary>
    /// <param name="input">All that is unread, or the front of it.</param>
    /// <param name="judge">False: the message is lost already, and only its end is looked for.</param>
    public BodyPiece Read(ReadOnlySpan<byte> input, bool judge)
    {
        int at = 0;
        while (at < input.Length)
        {
            ReadOnlySpan<byte> rest = input[at..];
            if (_place == Place.LineStart && rest[0] == '.')
            {
                _place = Place.Dot;
                at++;
                continue;
            }

            // Servers that drop NULs see ".CRLF" in "\0.CRLF" and in ".\0CRLF". Elsewhere in a line a NUL makes no end.
            if (judge && _place != Place.Inside && rest[0] == 0)
                return new BodyPiece(at, BodyVerdict.Ambiguous);

            int end = judge ? rest.IndexOfAny((byte)'\r', (byte)'\n') : rest.IndexOf((byte)'\r');
            if (end != 0)
                _place = Place.Inside;
            if (end < 0)
                return new BodyPiece(input.Length, BodyVerdict.More);
            if (rest[end] == '\n')
                return new BodyPiece(at + end, BodyVerdict.Ambiguous);
            if (end + 1 == rest.Length)
                return new BodyPiece(at + end, BodyVerdict.More);
            if (rest[end + 1] != '\n')
            {
                if (judge)
                    return new BodyPiece(at + end, BodyVerdict.Ambiguous);
                _place = Place.Inside;
                at += end + 1;
                continue;
            }

            bool last = _place == Place.Dot;
            _place = Place.LineStart;
            at += end + 2;
            if (last)
                return new BodyPiece(at, BodyVerdict.End);
        }

        return new BodyPiece(at, BodyVerdict.More);
    }
}
