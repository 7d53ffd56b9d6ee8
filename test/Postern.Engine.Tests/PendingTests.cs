using CsCheck;
using Postern.Engine.Buffers;
using Xunit;

namespace Postern.Engine.Tests;

public sealed class PendingTests
{
    [Fact]
    public void What_comes_out_is_what_went_in() =>
        Gen.Select(Gen.Int[0, 5_000], Gen.Int[0, 5_000]).Array[1, 50].Sample(steps =>
        {
            var pool = new BufferPool();
            Pending pending = default;
            byte next = 0, expected = 0;
            foreach ((int append, int consume) in steps)
            {
                byte[] bytes = new byte[append];
                for (int i = 0; i < append; i++)
                    bytes[i] = next++;
                pending.Append(pool, bytes);

                int take = Math.Min(consume, pending.Length);
                foreach (byte value in pending.Bytes[..take])
                    Assert.Equal(expected++, value);
                pending.Consume(pool, take);
            }
        });

    [Fact]
    public void An_empty_one_holds_no_array()
    {
        var pool = new BufferPool();
        byte[] array = pool.Rent(3000);
        pool.Return(array);
        Pending pending = default;
        pending.Append(pool, new byte[3000]);
        pending.Consume(pool, 3000);
        Assert.Same(array, pool.Rent(3000));
    }
}
