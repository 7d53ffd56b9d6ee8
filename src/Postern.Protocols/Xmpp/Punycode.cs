using System.Text;

namespace Postern.Protocols.Xmpp;

/// <summary>Punycode (RFC 3492 §6.3), the way there alone: nothing is ever decoded here.</summary>
internal static class Punycode
{
    private const int Base = 36;
    private const int SmallestThreshold = 1;
    private const int LargestThreshold = 26;
    private const int Skew = 38;
    private const int Damp = 700;
    private const int FirstBias = 72;
    private const int FirstCode = 0x80;

    /// <param name="label">
    /// At most 255 bytes of UTF-8: with so few letters no number here comes near the 2³¹ of which RFC 3492 §6.4 warns.
    /// </param>
    public static string Encode(string label)
    {
        int[] letters = [.. label.EnumerateRunes().Select(rune => rune.Value)];
        var written = new StringBuilder();
        foreach (int letter in letters)
        {
            if (letter < FirstCode)
                written.Append((char)letter);
        }

        int plain = written.Length;
        int done = plain;
        if (plain > 0)
            written.Append('-');

        int code = FirstCode;
        int delta = 0;
        int bias = FirstBias;
        while (done < letters.Length)
        {
            int next = letters.Where(letter => letter >= code).Min();
            delta += (next - code) * (done + 1);
            code = next;
            foreach (int letter in letters)
            {
                if (letter < code)
                    delta++;
                if (letter != code)
                    continue;

                WriteNumber(delta, bias, written);
                bias = Adapt(delta, done + 1, isFirst: done == plain);
                delta = 0;
                done++;
            }

            delta++;
            code++;
        }

        return written.ToString();
    }

    private static void WriteNumber(int number, int bias, StringBuilder written)
    {
        for (int k = Base; ; k += Base)
        {
            int threshold = Math.Clamp(k - bias, SmallestThreshold, LargestThreshold);
            if (number < threshold)
            {
                written.Append(Digit(number));
                return;
            }

            written.Append(Digit(threshold + ((number - threshold) % (Base - threshold))));
            number = (number - threshold) / (Base - threshold);
        }
    }

    private static int Adapt(int delta, int letters, bool isFirst)
    {
        delta = isFirst ? delta / Damp : delta / 2;
        delta += delta / letters;
        int k = 0;
        for (; delta > (Base - SmallestThreshold) * LargestThreshold / 2; k += Base)
            delta /= Base - SmallestThreshold;
        return k + ((Base - SmallestThreshold + 1) * delta / (delta + Skew));
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);
}
